using KafkaDatasets.Fetching.Direct;
using KafkaDatasets.Fetching.Direct.Connection;
using KafkaDatasets.Fetching.Direct.Protocol;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Direct;

public class ClientSettingsTests
{
    [Theory]
    [InlineData("client.id=me")]
    [InlineData("security.protocol=plaintext")]
    [InlineData("security.protocol=SSL;ssl.ca.location=/ca.pem")]
    [InlineData("security.protocol=sasl_ssl;sasl.mechanisms=PLAIN;sasl.username=u;sasl.password=p")]
    [InlineData("security.protocol=sasl_plaintext;sasl.mechanism=scram-sha-512;sasl.username=u;sasl.password=p")]
    [InlineData("queued.min.messages=100000;fetch.max.bytes=1000;max.partition.fetch.bytes=5;socket.timeout.ms=1000;group.id=g;enable.auto.commit=false")]
    [InlineData("isolation.level=read_committed")]
    public void What_the_engine_honours(string config)
    {
        Assert.True(DirectEngine.CanHonour(Parse(config), out string? reason));
        Assert.Null(reason);
    }

    [Theory]
    [InlineData("security.protocol=sasl_ssl", "GSSAPI")]
    [InlineData("security.protocol=sasl_ssl;sasl.mechanisms=GSSAPI", "GSSAPI")]
    [InlineData("security.protocol=sasl_ssl;sasl.mechanisms=OAUTHBEARER", "OAUTHBEARER")]
    [InlineData("security.protocol=sasl_ssl;sasl.mechanisms=PLAIN", "sasl.username")]
    [InlineData("security.protocol=smoke", "smoke")]
    [InlineData("sasl.kerberos.principal=me", "sasl.kerberos.principal")]
    [InlineData("ssl.cipher.suites=ALL", "ssl.cipher.suites")]
    [InlineData("isolation.level=read_uncommitted", "isolation.level")]
    [InlineData("socket.timeout.ms=soon", "socket.timeout.ms")]
    [InlineData("enable.ssl.certificate.verification=perhaps", "enable.ssl.certificate.verification")]
    [InlineData("plugin.library.paths=x", "plugin.library.paths")]
    public void What_it_does_not(string config, string named)
    {
        Assert.False(DirectEngine.CanHonour(Parse(config), out string? reason));
        Assert.Contains(named, reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Reasons_have_no_secret()
    {
        Assert.False(DirectEngine.CanHonour(Parse("sasl.password=hush;security.protocol=sasl_ssl;sasl.mechanisms=OTHER;sasl.username=u"), out string? reason));
        Assert.DoesNotContain("hush", reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", "a:9092")]
    [InlineData("a:1,b:2", "a:1 b:2")]
    [InlineData(" PLAINTEXT://a:1 , SASL_SSL://b:2 ,", "a:1 b:2")]
    [InlineData("[::1]:7", "[::1]:7")]
    [InlineData("::1", "[::1]:9092")]
    public void Addresses(string servers, string expected) => Assert.Equal(expected, string.Join(' ', BrokerEndpoint.ParseList(servers)));

    [Theory]
    [InlineData("a:x")]
    [InlineData("a:99999")]
    [InlineData(":9")]
    public void What_is_no_address_is_named(string servers)
    {
        var e = Assert.Throws<BrokerException>(() => BrokerEndpoint.ParseList(servers));
        Assert.Contains(servers, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scram_by_the_example_of_RFC_7677()
    {
        var client = new ScramClient(System.Security.Cryptography.HashAlgorithmName.SHA256, "user", "pencil", "rOprNGfwEbeRWgbNEkqO");

        Assert.Equal("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"u8, client.First());
        Assert.Equal(
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="u8,
            client.Final("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"u8));
        client.Verify("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="u8);
        Assert.Throws<FormatException>(() => client.Verify("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="u8));
    }

    [Theory]
    [InlineData("r=other,s=W22Z,i=4096")]
    [InlineData("r=abc,s=W22Z,i=4096")]
    [InlineData("r=abcd,s=W22Z,i=1")]
    [InlineData("r=abcd,s=W22Z,i=2000000000")]
    [InlineData("r=abcd,s=***,i=4096")]
    [InlineData("nonsense")]
    public void A_first_message_of_the_server_that_is_not_allowed_is_refused(string message)
    {
        var client = new ScramClient(System.Security.Cryptography.HashAlgorithmName.SHA256, "user", "pencil", "abc");

        Assert.Throws<FormatException>(() => client.Final(System.Text.Encoding.UTF8.GetBytes(message)));
    }

    private static Dictionary<string, string> Parse(string config) => config.Split(';').Select(c => c.Split('=', 2)).ToDictionary(c => c[0], c => c[1]);
}
