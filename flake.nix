# Evenstar with Nix: `nix run`, `nix build`, `nix develop`, `nix flake check`. flake.lock is made at the first use.
#
# What was checked, by test/nix: that this evaluates for every system, against a stand-in for nixpkgs. Nothing here was ever built.
{
  description = "An event-sourced, real-time web stack for one machine, as an Effect service graph";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      forEachSystem =
        outputsOf:
        builtins.listToAttrs (
          map (system: {
            name = system;
            value = outputsOf (import ./nix nixpkgs.legacyPackages.${system} self);
          }) systems
        );
    in
    {
      packages = forEachSystem (evenstar: {
        default = evenstar.package;
        npmDeps = evenstar.npmDeps;
      });

      apps = forEachSystem (evenstar: {
        default = {
          type = "app";
          program = "${evenstar.package}/bin/evenstar";
        };
      });

      devShells = forEachSystem (evenstar: {
        default = evenstar.shell;
      });

      checks = forEachSystem (evenstar: {
        inherit (evenstar) package tests style;
      });
    };
}
