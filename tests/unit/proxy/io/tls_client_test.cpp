// What a TLS client is given as labels say it: PEM text or the name of a file. Handshakes: app_forward_auth_tls_test.py.
#include "io/tls_client.hpp"

#include "catch.hpp"

using namespace waggle::proxy::io;

namespace {

const char* const certificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBdTCCARugAwIBAgIUDlOzi/K12YJ5pBGpAtmK69aPKKAwCgYIKoZIzj0EAwIw\n"
    "DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjIwMDU5MjVaGA8yMDUxMDcxNDAwNTky\n"
    "NVowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABAAP\n"
    "rU3mbik6ZMRulrB39qddpNkYnjS/xGv0xvBOQbRRPD9N1feoWJWzlHO5POf+AVpr\n"
    "gWdFes7vtmxfp21cuxOjUzBRMB0GA1UdDgQWBBSovkgmPrkWFwBcMde01p29ljfO\n"
    "izAfBgNVHSMEGDAWgBSovkgmPrkWFwBcMde01p29ljfOizAPBgNVHRMBAf8EBTAD\n"
    "AQH/MAoGCCqGSM49BAMCA0gAMEUCIQD0B8ncyBAUAmMxQMdfUTxjgsvwzpf804+9\n"
    "5G7c5zhaPQIgaZSA3iEjqbx/R3j43S9139A2nzEjJSRWk1eiOvFJazw=\n"
    "-----END CERTIFICATE-----\n";

std::string complaint(const tls_client_settings& s) {
  const auto made = tls_client_context::make(s);
  return made ? std::string() : made.error().reason;
}

}  // namespace

TEST_CASE("certificates as text and as files", "[unit][proxy][io]") {
  CHECK(complaint({}) == "");
  CHECK(complaint({.ca = certificate, .cert = "", .key = ""}) == "");
  CHECK(complaint({.ca = std::string(certificate) + certificate, .cert = "", .key = ""}) == "");
  CHECK(complaint({.ca = "/nonexistent/ca.pem", .cert = "", .key = ""}) == "cannot read the CA '/nonexistent/ca.pem'");
  CHECK(complaint({.ca = "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n", .cert = "", .key = ""}) ==
        "the CA holds no certificate (PEM)");
  CHECK(complaint({.ca = "", .cert = certificate, .key = ""}) == "cert and key go together");
  CHECK(complaint({.ca = "", .cert = certificate, .key = certificate}).find("cannot be used together") != std::string::npos);
}
