using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KafkaDatasets.Benchmarks.Grounds;

/// <summary>A broker's listener with TLS, SASL PLAIN, and an authority of its own that lives as long as it.</summary>
internal sealed class SecureListener : IDisposable
{
    public const string Protocol = "SASL_SSL";
    private const string User = "benchmark";
    private readonly string _folder = Directory.CreateTempSubdirectory("kafkadatasets-tls-").FullName;
    private readonly string _password = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));

    public SecureListener()
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=KafkaDatasets benchmark authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 authority = request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        server.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = server.Create(authority, now.AddHours(-1), now.AddHours(20), RandomNumberGenerator.GetBytes(8));

        File.WriteAllText(AuthorityFile, authority.ExportCertificatePem());
        File.WriteAllText(KeyStore, $"{key.ExportPkcs8PrivateKeyPem()}\n{certificate.ExportCertificatePem()}\n{authority.ExportCertificatePem()}\n");
    }

    /// <summary>The broker's properties.</summary>
    public IReadOnlyDictionary<string, string> BrokerProperties => new Dictionary<string, string>
    {
        ["sasl.enabled.mechanisms"] = "PLAIN",
        ["listener.name.sasl_ssl.plain.sasl.jaas.config"] = $"org.apache.kafka.common.security.plain.PlainLoginModule required user_{User}=\"{_password}\";",
        ["listener.name.sasl_ssl.ssl.keystore.type"] = "PEM",
        ["listener.name.sasl_ssl.ssl.keystore.location"] = KeyStore,
    };

    /// <summary>What clients are to say.</summary>
    public Dictionary<string, string> ClientConfig => new()
    {
        ["security.protocol"] = Protocol,
        ["sasl.mechanism"] = "PLAIN",
        ["sasl.username"] = User,
        ["sasl.password"] = _password,
        ["ssl.ca.location"] = AuthorityFile,
    };

    private string AuthorityFile => Path.Combine(_folder, "authority.pem");

    private string KeyStore => Path.Combine(_folder, "broker.pem");

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
