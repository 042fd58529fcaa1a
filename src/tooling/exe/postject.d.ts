// What is used of the package, which has no types.
declare module "postject" {
  export const inject: (
    executable: string,
    resource: string,
    content: Buffer,
    options: { readonly sentinelFuse: string; readonly machoSegmentName?: string }
  ) => Promise<void>
}
