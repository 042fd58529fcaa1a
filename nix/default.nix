# What flake.nix gives for one system.
pkgs: src:
let
  inherit (pkgs) lib stdenv;
  inherit (stdenv.hostPlatform) system isLinux;

  nodejs = pkgs.nodejs_22;
  version = (builtins.fromJSON (builtins.readFile ../package.json)).version;

  # The lock file names no registry, so neither buildNpmPackage nor importNpmLock can read it. `npm ci` can: its result is a
  # fixed output, with a hash for each system, because some packages bring a binary for just that one. Where the hash is
  # missing, the build fails and tells it: put it into nix/npm-deps-hashes.json.
  npmDeps = stdenv.mkDerivation {
    # Another lock file is another name: the old output can't be taken for the new one, as it could by its hash alone.
    name = "evenstar-npm-deps-${builtins.substring 0 8 (builtins.hashFile "sha256" ../package-lock.json)}";
    inherit src;
    nativeBuildInputs = [ nodejs ];
    NODE_EXTRA_CA_CERTS = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
    buildPhase = ''
      export HOME=$TMPDIR
      npm ci --ignore-scripts --no-audit --no-fund
    '';
    installPhase = "cp -r node_modules $out";
    # A fixed output may not name the store.
    dontFixup = true;
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
    outputHash = (builtins.fromJSON (builtins.readFile ./npm-deps-hashes.json)).${system} or "";
  };

  # A build step with the packages in place, better-sqlite3 compiled, and their binaries able to run.
  withNpmDeps =
    attributes:
    stdenv.mkDerivation (
      {
        inherit src version;
        nativeBuildInputs = [
          nodejs
          pkgs.makeWrapper
          pkgs.python3
        ]
        ++ lib.optionals isLinux [ pkgs.autoPatchelfHook ];
        # What DuckDB's and the bundler's prebuilt binaries are linked with.
        buildInputs = lib.optionals isLinux [ stdenv.cc.cc.lib ];
        autoPatchelfIgnoreMissingDeps = [ "libc.musl-*" ];
        configurePhase = ''
          runHook preConfigure
          export HOME=$TMPDIR npm_config_nodedir=${pkgs.srcOnly nodejs} npm_config_offline=true
          cp -r ${npmDeps} node_modules
          chmod -R u+w node_modules
          patchShebangs node_modules
          npm rebuild better-sqlite3 --build-from-source
          ${lib.optionalString isLinux "autoPatchelf node_modules"}
          runHook postConfigure
        '';
      }
      // attributes
    );

  check =
    name: command:
    withNpmDeps {
      pname = "evenstar-${name}";
      buildPhase = command;
      installPhase = "touch $out";
    };
in
{
  inherit npmDeps;

  # Node, the bundle, and the native modules beside it.
  package = withNpmDeps {
    pname = "evenstar";
    buildPhase = ''
      runHook preBuild
      npm run build
      npm prune --omit=dev --ignore-scripts
      runHook postBuild
    '';
    installPhase = ''
      runHook preInstall
      mkdir -p $out/lib/evenstar
      cp -r dist node_modules package.json $out/lib/evenstar
      makeWrapper ${nodejs}/bin/node $out/bin/evenstar \
        --set-default NODE_ENV production \
        --add-flags $out/lib/evenstar/dist/evenstar.js
      runHook postInstall
    '';
    meta = {
      description = "An event-sourced, real-time web stack for one machine, as an Effect service graph";
      license = lib.licenses.mit;
      mainProgram = "evenstar";
    };
  };

  # The tests that need nothing but Node: what drives Chromium or mounts file systems doesn't run in a build's sandbox.
  tests = check "tests" ''
    npm run build:assets
    npx vitest run test/domain test/layers
  '';
  style = check "style" "npm run check";

  shell = pkgs.mkShell {
    name = "evenstar-shell";
    packages = [
      nodejs
      pkgs.process-compose
      pkgs.sqlite
      pkgs.duckdb
      pkgs.nats-server
      # better-sqlite3 is compiled with it where no prebuilt binary fits.
      pkgs.python3
    ]
    ++ lib.optionals isLinux [
      pkgs.chromium
      pkgs.libfaketime
    ];
    shellHook = lib.optionalString isLinux "export CHROMIUM=${pkgs.chromium}/bin/chromium";
  };
}
