using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KafkaDatasets.Fetching.Direct;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Direct;

public sealed class DirectSecurityTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kafkadatasets").FullName;
    private readonly X509Certificate2 _authority;

    public DirectSecurityTests()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(CaFile, _authority.ExportCertificatePem());
    }

    private string CaFile => Path.Combine(_directory, "ca.pem");

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("PLAIN", true)]
    [InlineData("PLAIN", false)]
    [InlineData("SCRAM-SHA-256", false)]
    [InlineData("SCRAM-SHA-512", true)]
    public async Task Sasl_authenticates(string mechanism, bool isOldest)
    {
        await using var broker = new ScriptedBroker
        {
            Log = DirectEngineTests.Numbers(1, 5, 10),
            Sasl = (mechanism, "reader", "p=a,s"),
            Versions = isOldest ? ScriptedBroker.Oldest : new ScriptedBroker().Versions,
        };
        await using DirectEngine engine = DirectEngineTests.Engine(
            broker, null, ("security.protocol", "SASL_PLAINTEXT"), ("sasl.mechanism", mechanism), ("sasl.username", "reader"), ("sasl.password", "p=a,s"));

        DirectEngineTests.AssertNumbers(await DirectEngineTests.ReadAsync(engine, DirectEngineTests.Snapshot((0, 0, 50))), 0, 50);
        Assert.Contains((36, isOldest ? 0 : 2), broker.Requests);
    }

    [Theory]
    [InlineData("PLAIN", "PLAIN", "wrong-hush")]
    [InlineData("SCRAM-SHA-256", "SCRAM-SHA-256", "wrong-hush")]
    [InlineData("SCRAM-SHA-512", "SCRAM-SHA-256", "right-hush")]
    public async Task Credentials_that_are_refused_are_told_at_once_without_the_secret(string offered, string asked, string password)
    {
        await using var broker = new ScriptedBroker { Sasl = (offered, "reader", "right-hush") };
        await using DirectEngine engine = DirectEngineTests.Engine(
            broker, TimeSpan.FromMinutes(10), ("security.protocol", "sasl_plaintext"), ("sasl.mechanisms", asked), ("sasl.username", "reader"), ("sasl.password", password));

        var e = await Assert.ThrowsAsync<BrokerException>(async () => await engine.DescribeTopicAsync(ScriptedBroker.Topic, TestContext.Current.CancellationToken));

        Assert.True(e.IsAccessDenied);
        Assert.DoesNotContain("hush", e.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(50, 10)]
    [InlineData(100, 4000)] // responses of megabytes, of which the reader waits for many TLS records at once
    public async Task Tls_with_the_authority_of_the_broker_reads(int batches, int records)
    {
        await using var broker = new ScriptedBroker { Log = DirectEngineTests.Numbers(2, batches, records), Certificate = Issue("localhost", "127.0.0.1") };
        await using DirectEngine engine = DirectEngineTests.Engine(broker, null, ("security.protocol", "ssl"), ("ssl.ca.location", CaFile));

        DirectEngineTests.AssertNumbers(await DirectEngineTests.ReadAsync(engine, DirectEngineTests.Snapshot((0, 0, batches * records), (1, 0, batches * records))), 0, batches * records);
    }

    [Theory]
    [InlineData("127.0.0.1", false, null, null, false)]
    [InlineData("10.9.8.7", true, null, null, false)]
    [InlineData("10.9.8.7", true, "ssl.endpoint.identification.algorithm", "none", true)]
    [InlineData("10.9.8.7", false, "ssl.endpoint.identification.algorithm", "none", false)]
    [InlineData("10.9.8.7", false, "enable.ssl.certificate.verification", "false", true)]
    public async Task A_certificate_is_trusted_only_when_authority_and_host_are_right_or_the_user_says_so(string host, bool isKnownAuthority, string? property, string? value, bool isTrusted)
    {
        await using var broker = new ScriptedBroker { Log = DirectEngineTests.Numbers(1, 5, 10), Certificate = Issue("broker", host) };
        var config = new List<(string, string)> { ("security.protocol", "ssl") };
        if (isKnownAuthority)
        {
            config.Add(("ssl.ca.location", CaFile));
        }

        if (property is not null)
        {
            config.Add((property, value!));
        }

        await using DirectEngine engine = DirectEngineTests.Engine(broker, TimeSpan.FromMinutes(10), [.. config]);
        async Task Describe() => await engine.DescribeTopicAsync(ScriptedBroker.Topic, TestContext.Current.CancellationToken);

        if (isTrusted)
        {
            await Describe();
        }
        else
        {
            var e = await Assert.ThrowsAsync<BrokerException>(Describe);
            Assert.Contains("TLS", e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("key-secret")]
    public async Task A_client_certificate_is_shown(string? keyPassword)
    {
        using X509Certificate2 client = Issue("client", "127.0.0.1");
        using RSA key = client.GetRSAPrivateKey()!;
        string certificateFile = Path.Combine(_directory, "client.pem");
        string keyFile = Path.Combine(_directory, "client.key");
        File.WriteAllText(certificateFile, client.ExportCertificatePem());
        File.WriteAllText(keyFile, keyPassword is null
            ? key.ExportPkcs8PrivateKeyPem()
            : key.ExportEncryptedPkcs8PrivateKeyPem(keyPassword, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        await using var broker = new ScriptedBroker { Log = DirectEngineTests.Numbers(1, 5, 10), Certificate = Issue("localhost", "127.0.0.1"), RequireClientCertificate = true };
        await using DirectEngine engine = DirectEngineTests.Engine(
            broker, null, [("security.protocol", "ssl"), ("ssl.ca.location", CaFile), ("ssl.certificate.location", certificateFile), ("ssl.key.location", keyFile), .. keyPassword is null ? Array.Empty<(string, string)>() : [("ssl.key.password", keyPassword)]]);

        DirectEngineTests.AssertNumbers(await DirectEngineTests.ReadAsync(engine, DirectEngineTests.Snapshot((0, 0, 50))), 0, 50);
    }

    [Fact]
    public async Task A_missing_certificate_file_is_named()
    {
        await using var broker = new ScriptedBroker { Certificate = Issue("localhost", "127.0.0.1") };
        await using DirectEngine engine = DirectEngineTests.Engine(broker, TimeSpan.FromMinutes(10), ("security.protocol", "ssl"), ("ssl.ca.location", Path.Combine(_directory, "absent.pem")));

        var e = await Assert.ThrowsAsync<BrokerException>(async () => await engine.DescribeTopicAsync(ScriptedBroker.Topic, TestContext.Current.CancellationToken));

        Assert.Contains("absent.pem", e.Message, StringComparison.Ordinal);
    }

    private X509Certificate2 Issue(string name, string address)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 issued = request.Create(_authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 withKey = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }
}
