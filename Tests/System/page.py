"""The live page in a real browser: it loads without errors, shows graph and figures, finds a key, survives the restart of its
application, follows the theme, and fits a phone. Without a browser, and where none can be installed, it says so and passes.

usage: page.py BIN_DIR [--pictures DIR]
"""

import argparse
import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Interop"))

from support import Broker, check, finish, free_port, wait_until


def find_browser():
    names = ["chromium", "chromium-browser", "google-chrome"]
    found = next(filter(None, map(shutil.which, names)), None)
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run("apt-get update && apt-get install -y --no-install-recommends chromium", shell=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found = next(filter(None, map(shutil.which, names)), None)
    return found


class Browser:
    """Chromium without a window, driven over its pipe: JSON that ends in NUL."""

    def __init__(self, program):
        self.kept = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_read, self.sends = os.pipe()
        self.receives, to_write = os.pipe()

        def connect():
            # Chromium reads from 3 and writes to 4.
            ends = os.dup(to_read), os.dup(to_write)
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe",
             "--no-first-run", "--disable-background-networking", f"--user-data-dir={self.kept.name}", "about:blank"],
            preexec_fn=connect, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.answers, self.errors, self.last, self.session = {}, [], 0, None
        self.news = threading.Condition()
        threading.Thread(target=self.listen, daemon=True).start()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def listen(self):
        rest = b""
        while data := os.read(self.receives, 1 << 16):
            *messages, rest = (rest + data).split(b"\0")
            for message in map(json.loads, messages):
                with self.news:
                    if "id" in message:
                        self.answers[message["id"]] = message
                        self.news.notify_all()
                    elif message["method"] == "Runtime.exceptionThrown":
                        self.errors.append(message["params"]["exceptionDetails"])
                    elif message["method"] == "Runtime.consoleAPICalled" and message["params"]["type"] in ("error", "assert"):
                        self.errors.append(message["params"]["args"])
                    elif message["method"] == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
                        self.errors.append(message["params"]["entry"])

    def call(self, method, **params):
        with self.news:
            self.last += 1
            number = self.last
            message = {"id": number, "method": method, "params": params}
            if self.session:
                message["sessionId"] = self.session
            os.write(self.sends, json.dumps(message).encode() + b"\0")
            if not self.news.wait_for(lambda: number in self.answers, 60):
                raise TimeoutError(method)
            answer = self.answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def value(self, script):
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def until(self, script, seconds=60):
        return wait_until(lambda: self.value(script), seconds)

    def size(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)

    def theme(self, name):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def picture(self, path):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        Path(path).write_bytes(base64.b64decode(data))

    def close(self):
        self.process.kill()
        self.process.wait()


class Processor:
    """word-count on a broker, with its page on a port."""

    def __init__(self, bin_dir, broker, port):
        self.url = f"http://127.0.0.1:{port}/"
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [str(Path(bin_dir) / "processor"), "run", "word-count", "--broker", broker, "--commit-interval", "100ms",
             "--state-dir", "none", "--http", f"127.0.0.1:{port}"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def is_running(self):
        try:
            with urllib.request.urlopen(self.url + "readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def messages(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def produce(bin_dir, broker, lines):
    subprocess.run([str(Path(bin_dir) / "broker"), "produce", "--broker", broker, "--topic", "lines"],
                   input="\n".join(lines) + "\n", text=True, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def looks(browser, pictures):
    """The page in both themes, and on a phone."""
    colors = []
    for theme in ("light", "dark"):
        browser.theme(theme)
        colors.append(browser.value("getComputedStyle(document.body).backgroundColor"))
        for width, height in ((1400, 1000), (390, 844)):
            browser.size(width, height)
            wide = browser.value("document.documentElement.scrollWidth")
            check(f"nothing is wider than the screen: {theme}, {width}", wide <= width, wide)
            if pictures:
                time.sleep(0.5)
                browser.picture(Path(pictures) / f"{theme}-{width}.png")
    check("the themes differ", colors[0] != colors[1], colors)
    browser.size(1400, 1000)


def finds(browser, key, text):
    browser.value(f"document.querySelector('#search [name=key]').value = {json.dumps(key)}; "
                  "document.getElementById('search').requestSubmit()")
    shown = "document.getElementById('found').innerText"
    return check(f"a search for {key} finds it", browser.until(f"{shown}.includes({json.dumps(text)})", 30), browser.value(shown))


def test(browser, bin_dir, pictures):
    with Broker(bin_dir) as broker:
        port = free_port()
        processor = Processor(bin_dir, broker.address, port)
        try:
            check("the processor gets ready", wait_until(processor.is_running, 90), processor.messages())
            produce(bin_dir, broker.address, ["alpha beta gamma"] * 500 + ["beta"] * 500)
            with urllib.request.urlopen(processor.url) as page:
                size = len(page.read())
            check("the page is below 150 kB", size < 150_000, size)
            browser.size(1400, 1000)
            browser.call("Page.navigate", url=processor.url)
            check("it shows the application", browser.until("document.getElementById('name')?.textContent === 'word-count'"))
            check("it says that it runs", browser.until("document.getElementById('state').textContent === 'running'"))
            check("the topology is drawn", browser.until("document.querySelectorAll('#graph .node.topic').length >= 2"
                                                         " && document.querySelectorAll('#graph .node.store').length >= 1"
                                                         " && document.querySelectorAll('#graph .edge').length >= 3"))
            check("ways have figures", browser.until("[...document.querySelectorAll('#graph .rate')].some(e => /\\d.*\\/s/.test(e.textContent))"))
            check("throughput is plotted", browser.until("document.querySelector('#throughput .series') !== null"))
            check("tasks are listed", browser.until("document.querySelectorAll('#tasks .s-running').length >= 1"))
            check("stores are listed", browser.until("document.querySelectorAll('#stores td').length >= 4"))
            check("events are listed", browser.until("document.querySelectorAll('#events li').length >= 3"))
            with urllib.request.urlopen(processor.url + "openapi.json") as description:
                has_queries = "/api/stores/{name}/{key}" in json.load(description)["paths"]
            if has_queries:
                finds(browser, "beta", "1000")
            looks(browser, pictures)
            check("no errors", not browser.errors, browser.errors)

            check("the processor ends", processor.stop() == 0, processor.messages())
            check("the page tells that nobody answers", browser.until("!document.getElementById('gone').hidden"))
            processor = Processor(bin_dir, broker.address, port)
            check("it is there again", browser.until(
                "document.getElementById('gone').hidden && document.getElementById('state').textContent === 'running'", 90),
                processor.messages())
            if has_queries:
                finds(browser, "beta", "1000")
            # Nobody was there to answer for a while.
            errors = [error for error in browser.errors if not (isinstance(error, dict) and error.get("source") == "network")]
            check("no errors but for the time without an answer", not errors, errors)
        finally:
            if processor.process.poll() is None:
                processor.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin_dir")
    parser.add_argument("--pictures")
    arguments = parser.parse_args()
    program = find_browser()
    if not program:
        print("skipped: there is no browser, and chromium cannot be installed")
        return
    browser = Browser(program)
    try:
        test(browser, arguments.bin_dir, arguments.pictures)
    finally:
        browser.close()
    finish()


main()
