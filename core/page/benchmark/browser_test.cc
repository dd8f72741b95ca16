// Opens the page in headless Chromium: every plot draws, nothing fails, nothing is wider than the window, light and dark.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/file.h"
#include "core/io/png.h"
#include "core/page/benchmark/made_up_results.h"
#include "core/page/benchmark/page.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

constexpr char kChromium[] = "/usr/bin/chromium";

// What only the browser knows, written where the dump shows it. Of the open tasks, folded parts with plots are opened before.
constexpr char kProbe[] = R"(<script>
for (const details of document.querySelectorAll('details.task[open] details')) {
  if (details.querySelector('canvas')) details.open = true;
}
setTimeout(() => {
  const root = document.documentElement;
  document.body.dataset.overflow = Math.max(0, root.scrollWidth - root.clientWidth);
  document.body.dataset.scrolls = Array.from(document.querySelectorAll('.wide')).filter((e) => e.scrollWidth > e.clientWidth).length;
  document.body.dataset.scheme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  for (const canvas of document.querySelectorAll('canvas[data-drawn]')) {
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    canvas.dataset.ink = pixels.some((value) => value !== 0);
  }
}, 200);
</script></body>)";

std::string Folder() { return ::testing::TempDir(); }

// The document after its scripts have run.
std::string Dom(const std::string& url, int width, bool dark) {
  const std::string folder = absl::StrCat(Folder(), "/chromium_", ::getpid());
  // What a browser keeps goes into the test's folder: a sandbox has neither a home nor much shared memory.
  const std::string command = absl::StrCat(
      "HOME='", folder, "' XDG_CONFIG_HOME='", folder, "' XDG_CACHE_HOME='", folder, "' timeout 120 ", kChromium,
      " --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-extensions --no-first-run --user-data-dir='",
      folder, "' --window-size=", width, ",1000 ",
      dark ? "--blink-settings=preferredColorScheme=0 " : "--blink-settings=preferredColorScheme=1 ",
      "--virtual-time-budget=20000 --dump-dom '", url, "' 2>'", folder, ".log'");
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return "";
  std::string dom;
  char buffer[1 << 16];
  for (size_t read; (read = std::fread(buffer, 1, sizeof(buffer), pipe)) > 0;) dom.append(buffer, read);
  const int status = ::pclose(pipe);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << ReadFile(folder + ".log").value_or("");
  return dom;
}

absl::Status WriteProbed(const std::string& path, const std::string& page) {
  return WriteFileAtomically(path, absl::StrReplaceAll(page, {{"</body>", kProbe}}));
}

// A grey ellipse.
absl::StatusOr<RgbImage> Picture(const std::string& dataset, const std::string& case_id) {
  RgbImage image(160, 120);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const double dx = (x - 80) / 70.0, dy = (y - 60) / 50.0;
      if (dx * dx + dy * dy < 1) image.Set(x, y, {140, 140, 140});
    }
  }
  return image;
}

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

class BrowserTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::access(kChromium, X_OK) != 0) GTEST_SKIP() << kChromium << " is not installed: apt-get install chromium";
  }
};

void ExpectAllDrawn(const std::string& dom) {
  EXPECT_TRUE(absl::StrContains(dom, "data-ready=\"true\"")) << "the script ends";
  const size_t errors = dom.find("data-errors=\"");
  EXPECT_EQ(errors, std::string::npos) << dom.substr(errors, 300);
  EXPECT_TRUE(absl::StrContains(dom, "data-overflow=\"0\"")) << dom.substr(dom.find("data-overflow"), 30) << " pixels too wide";
  EXPECT_TRUE(absl::StrContains(dom, "data-scrolls=\"0\"")) << dom.substr(dom.find("data-scrolls"), 20) << " tables too wide";
  EXPECT_EQ(Count(dom, "data-drawn=\""), Count(dom, "<canvas "));
  EXPECT_EQ(Count(dom, "data-drawn=\"0\""), 0) << "each plot has values";
  EXPECT_EQ(Count(dom, "data-ink=\"true\""), Count(dom, "<canvas ")) << "each canvas has ink on it";
}

TEST_F(BrowserTest, DrawsEveryPlot) {
  const std::string path = Folder() + "/index.html";
  ASSERT_TRUE(WriteProbed(path, BenchmarkPage(MadeUpResults(), {.tasks = MadeUpTasks(), .picture = Picture})).ok());
  const std::string all = absl::StrCat("file://", path, "#all");
  const std::string light = Dom(all, 1280, /*dark=*/false);
  ExpectAllDrawn(light);
  EXPECT_GE(Count(light, "<canvas "), 20);
  EXPECT_GE(Count(light, "<img "), 20);
  EXPECT_TRUE(absl::StrContains(light, "data-scheme=\"light\""));
  const std::string dark = Dom(all, 800, /*dark=*/true);
  ExpectAllDrawn(dark);
  EXPECT_TRUE(absl::StrContains(dark, "data-scheme=\"dark\""));
}

// A reader chooses a label, and prints, which unfolds all tasks and draws in colours for paper.
TEST_F(BrowserTest, DrawsTheChosenLabelAndForPaper) {
  const std::string path = Folder() + "/chosen.html";
  constexpr char kActions[] = R"(<script>
    const choice = document.querySelector('select');
    const first = document.querySelector('canvas[data-plot="2"]');
    document.body.dataset.before = first.dataset.drawn;
    choice.value = 'finding 10';
    choice.dispatchEvent(new Event('change'));
    document.body.dataset.after = first.dataset.drawn;
    window.dispatchEvent(new Event('beforeprint'));
    window.dispatchEvent(new Event('afterprint'));
  </script></body>)";
  const std::string page = absl::StrReplaceAll(BenchmarkPage(MadeUpResults(), {.tasks = MadeUpTasks()}), {{"</body>", kActions}});
  ASSERT_TRUE(WriteProbed(path, page).ok());
  const std::string dom = Dom(absl::StrCat("file://", path), 1280, /*dark=*/false);
  ExpectAllDrawn(dom);
  EXPECT_TRUE(absl::StrContains(dom, "data-before=\"156\"")) << "three mean curves of 52 points";
  EXPECT_TRUE(absl::StrContains(dom, "data-after=\"126\"")) << "three curves of the label, of 42 points";
}

// Folded tasks wait until they are looked at; a link unfolds the one that it names.
TEST_F(BrowserTest, LinksUnfoldTheirTask) {
  const std::string path = Folder() + "/folded.html";
  ASSERT_TRUE(WriteProbed(path, BenchmarkPage(MadeUpResults(), {.tasks = MadeUpTasks()})).ok());
  const std::string dom = Dom(absl::StrCat("file://", path, "#task-made-up-none"), 1280, /*dark=*/false);
  EXPECT_TRUE(absl::StrContains(dom, "id=\"task-made-up-none\" open"));
  EXPECT_FALSE(absl::StrContains(dom, "id=\"task-made-up-one\" open"));
  EXPECT_GT(Count(dom, "data-drawn=\""), 0);
  EXPECT_LT(Count(dom, "data-drawn=\""), Count(dom, "<canvas "));
}

// All baselines at once, and a name that is a path.
TEST_F(BrowserTest, SixEncodersFitALaptop) {
  BenchmarkResults results = MadeUpResults();
  for (const char* name :
       {"a_longer_name", "another", "/data/checkpoints/vit_base_patch16_224/step-00200000/encoder.safetensors"}) {
    results.encoders.push_back({name, "abc", "network"});
    for (size_t i = 0, size = results.scores.size(); i < size; ++i) {
      if (results.scores[i].encoder != "ours") continue;
      results.scores.push_back(results.scores[i]);
      results.scores.back().encoder = name;
    }
    for (size_t i = 0, size = results.runs.size(); i < size; ++i) {
      if (results.runs[i].key.encoder != "ours") continue;
      results.runs.push_back(results.runs[i]);
      results.runs.back().key.encoder = name;
    }
  }
  const std::string path = Folder() + "/six.html";
  ASSERT_TRUE(WriteProbed(path, BenchmarkPage(results, {.tasks = MadeUpTasks()})).ok());
  ExpectAllDrawn(Dom(absl::StrCat("file://", path, "#all"), 1280, /*dark=*/false));
}

// A part that is folded when the page opens, or when the reader chooses a label, is drawn when it is unfolded.
TEST_F(BrowserTest, DrawsFoldedPartsWhenTheyAreUnfolded) {
  const std::string path = Folder() + "/part.html";
  constexpr char kActions[] = R"(<script>
    const folded = document.querySelector('details.task[open] details canvas');
    const drawn = () => folded.dataset.drawn || 'not yet';
    document.body.dataset.folded = drawn();
    const choice = document.querySelector('select');
    choice.value = 'finding 10';
    choice.dispatchEvent(new Event('change'));
    document.body.dataset.chosen = drawn();
    folded.closest('details').addEventListener('toggle', () => { document.body.dataset.unfolded = drawn(); });
  </script></body>)";
  const std::string page = absl::StrReplaceAll(BenchmarkPage(MadeUpResults(), {.tasks = MadeUpTasks()}), {{"</body>", kActions}});
  ASSERT_TRUE(WriteProbed(path, page).ok());
  const std::string dom = Dom(absl::StrCat("file://", path), 1280, /*dark=*/false);
  EXPECT_TRUE(absl::StrContains(dom, "data-folded=\"not yet\""));
  EXPECT_TRUE(absl::StrContains(dom, "data-chosen=\"not yet\""));
  EXPECT_TRUE(absl::StrContains(dom, "data-unfolded=\"3\""))
      << "a bar of each encoder, not " << dom.substr(dom.find("data-unfolded"), 40);
}

TEST_F(BrowserTest, APageWithoutPlotsIsWell) {
  const std::string path = Folder() + "/least.html";
  ASSERT_TRUE(WriteProbed(path, BenchmarkPage(LeastResults(), {})).ok());
  ExpectAllDrawn(Dom(absl::StrCat("file://", path), 800, /*dark=*/false));
}

// The tests above see errors and overflow at all.
TEST_F(BrowserTest, SeesABrokenPage) {
  std::string page = BenchmarkPage(MadeUpResults(), {.tasks = MadeUpTasks()});
  const size_t canvas = page.find("data-plot=\"0\"");
  ASSERT_NE(canvas, std::string::npos);
  page.replace(canvas, 13, "data-plot=\"9999\"");
  page.replace(page.find("<main>"), 6, "<main><div style=\"width:3000px;height:1px\"></div>");
  const std::string path = Folder() + "/broken.html";
  ASSERT_TRUE(WriteProbed(path, page).ok());
  const std::string dom = Dom(absl::StrCat("file://", path), 1280, /*dark=*/false);
  EXPECT_TRUE(absl::StrContains(dom, "data-errors=\""));
  EXPECT_FALSE(absl::StrContains(dom, "data-overflow=\"0\""));
}

}  // namespace
}  // namespace asap
