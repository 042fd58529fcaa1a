// Types of the parts in use; the package has none.
declare module "postject" {
  export const inject: (
    executable: string,
    resource: string,
    content: Buffer,
    options: { readonly sentinelFuse: string; readonly machoSegmentName?: string }
  ) => Promise<void>
}
