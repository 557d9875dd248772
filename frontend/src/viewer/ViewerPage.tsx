/** The viewer. */
export function ViewerPage({ imageId }: { imageId: string }) {
  return <p>{imageId}</p>;
}
