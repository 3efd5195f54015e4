// The browser of the tests: headless Chromium, which asks nobody for anything by itself.
import { chromium } from 'playwright-core'

export const open = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
