// The browser of the tests: headless Chromium, without background requests of its own.
import { chromium } from 'playwright-core'

export const open = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
