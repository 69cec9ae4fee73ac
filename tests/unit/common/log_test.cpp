#include <waggle/base/log.hpp>

#include "catch.hpp"

using namespace waggle::base;

TEST_CASE("a text line looks as logrus writes it", "[unit][common][log]") {
  CHECK(format_text("2018-11-25T13:17:30Z", log_level::debug, "Wiring frontend f to entryPoint http", {}) ==
        "time=\"2018-11-25T13:17:30Z\" level=debug msg=\"Wiring frontend f to entryPoint http\"\n");
  CHECK(format_text("T", log_level::warning, "ok", {{"service", "web"}, {"why", "a \"b\"\n"}}) ==
        "time=\"T\" level=warning msg=ok service=web why=\"a \\\"b\\\"\\n\"\n");
}

TEST_CASE("hostile bytes never leave their line", "[unit][common][log]") {
  const std::string line = format_text("T", log_level::info, "x\r\n\xff\x01", {{"k", "\n"}});
  CHECK(line == "time=\"T\" level=info msg=\"x\\r\\n\\xff\\x01\" k=\"\\n\"\n");
  CHECK(format_json("T", log_level::info, "a\n\xff", {}) == "{\"level\":\"info\",\"msg\":\"a\\n\xEF\xBF\xBD\",\"time\":\"T\"}\n");
}

TEST_CASE("lines below the level are not written", "[unit][common][log]") {
  struct capture : log_sink {
    std::string text;
    void write(log_level, std::string line) noexcept override { text += line; }
  } sink;
  logger log{sink, log_level::warning};
  log.info("no");
  CHECK(sink.text.empty());
  log.set_level(log_level::debug);
  log.debug("yes");
  CHECK(sink.text.find("level=debug msg=yes") != std::string::npos);
}
