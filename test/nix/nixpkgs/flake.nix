# A stub of nixpkgs with only the names that flake.nix uses; its derivations build nothing.
{
  outputs =
    { self }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      packagesFor =
        system:
        let
          isLinux = builtins.match ".*-linux" system != null;
          mkDerivation =
            attributes:
            builtins.derivation (
              {
                name = attributes.name or "${attributes.pname}-${attributes.version}";
                inherit system;
                builder = "/bin/sh";
              }
              // builtins.removeAttrs attributes [ "meta" ]
            );
          package = name: mkDerivation { inherit name; };
          named = builtins.listToAttrs (
            map
              (name: {
                inherit name;
                value = package name;
              })
              [
                "cacert"
                "duckdb"
                "makeWrapper"
                "nats-server"
                "nodejs_22"
                "process-compose"
                "python3"
                "sqlite"
              ]
          );
          # As in nixpkgs, Linux packages do not evaluate on other systems.
          onLinux = builtins.listToAttrs (
            map
              (name: {
                inherit name;
                value = if isLinux then package name else throw "${name} is not for ${system}";
              })
              [
                "autoPatchelfHook"
                "chromium"
                "libfaketime"
              ]
          );
        in
        named
        // onLinux
        // {
          lib = {
            licenses.mit = { };
            optionals = condition: list: if condition then list else [ ];
            optionalString = condition: string: if condition then string else "";
          };
          stdenv = {
            inherit mkDerivation;
            cc.cc.lib = package "libstdc++";
            hostPlatform = { inherit system isLinux; };
          };
          srcOnly = { name, ... }: package "${name}-source";
          mkShell = attributes: mkDerivation ({ name = "shell"; } // attributes);
        };
    in
    {
      legacyPackages = builtins.listToAttrs (
        map (system: {
          name = system;
          value = packagesFor system;
        }) systems
      );
    };
}
