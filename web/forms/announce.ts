// The page's live region for errors; cleared by the next success.

export const announce = (text: string) => {
  const alert = document.querySelector("[role=alert]")
  if (alert !== null && alert.textContent !== text) alert.textContent = text
}

export const announceNothing = () => {
  for (const alert of document.querySelectorAll("[role=alert]")) alert.textContent = ""
}
