"""A headless Chromium, quiet, in a folder of its own; and what it said and asked for."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

from pipeline import machine

QUIET = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--lang=en",
)  # fmt: skip


@contextmanager
def chromium(folder: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = machine.browser() or "chromium"
    for flag in (*QUIET, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(machine.driver() or "chromedriver"))
    try:
        yield driver
    finally:
        driver.quit()


def waiting(driver: webdriver.Chrome, seconds: int = 30) -> WebDriverWait[webdriver.Chrome]:
    """Asks the page often: by itself it would be asked twice a second."""
    return WebDriverWait(driver, seconds, 0.02)


def said(driver: webdriver.Chrome) -> list[str]:
    """What stands in the console, warnings and errors, since last asked."""
    return [entry["message"] for entry in driver.get_log("browser")]


def requests(driver: webdriver.Chrome) -> set[str]:
    """Every address asked for since last asked, without what stands behind #; the browser's own pages left out."""
    log = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = [one["params"]["request"]["url"] for one in log if one["method"] == "Network.requestWillBeSent"]
    return {url.partition("#")[0] for url in asked if not url.startswith(("chrome", "about:", "data:"))}
