# A development shell: `nix develop`, then `npm install`. The first use creates flake.lock.
{
  description = "NAME";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";

  outputs =
    { nixpkgs, ... }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      forEachSystem =
        shellOf:
        builtins.listToAttrs (
          map (system: {
            name = system;
            value = shellOf nixpkgs.legacyPackages.${system};
          }) systems
        );
    in
    {
      devShells = forEachSystem (pkgs: {
        default = pkgs.mkShell {
          # python3 is for node-gyp, which compiles better-sqlite3 if no prebuilt binary fits.
          packages = [
            pkgs.nodejs_22
            pkgs.python3
            pkgs.process-compose
          ];
        };
      });
    };
}
