#include "core/html/html.h"

#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(HtmlTest, TextIsEscaped) {
  EXPECT_EQ(Escaped("a<b> & \"c\" 'd'"), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
  EXPECT_EQ(Breakable("a_b<c").code, "a_<wbr>b&lt;c");
  EXPECT_EQ(Escaped("line\nnext\ttab"), "line\nnext\ttab");
  EXPECT_EQ(Escaped(absl::string_view("\0\x1b", 2)), "\xEF\xBF\xBD\xEF\xBF\xBD") << "not allowed in XML";
  EXPECT_EQ(Element("p", {{"title", "\"><script>"}}, Text("<i>")).code, "<p title=\"&quot;&gt;&lt;script&gt;\">&lt;i&gt;</p>");
}

TEST(HtmlTest, TablesHaveCaptionsAndScopes) {
  Table table("Scores & more", {{"task"}, {.title = "asap", .number = true}});
  EXPECT_TRUE(table.empty());
  table.AddRow({Text("a"), Text("1")});
  table.AddRow({Text("a"), Text("2")}, /*continued=*/true);
  EXPECT_EQ(table.Render().code,
            "<table><caption>Scores &amp; more</caption><thead><tr><th scope=\"col\">task</th>"
            "<th scope=\"col\" class=\"number\">asap</th></tr></thead>\n<tbody>"
            "<tr><th scope=\"row\">a</th><td class=\"number\">1</td></tr>\n"
            "<tr class=\"continued\"><th scope=\"row\">a</th><td class=\"number\">2</td></tr>\n</tbody></table>\n");
  EXPECT_EQ(Facts("Empty", {}).code, "");
}

}  // namespace
}  // namespace asap
