using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KafkaDatasets.IntegrationTests.Fetching;

/// <summary>PEM files of a certificate authority, of a server on 127.0.0.1, of a client, and of an authority that signed neither.</summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kafkadatasets-tls-").FullName;

    public TestCertificates()
    {
        using X509Certificate2 authority = CreateAuthority("KafkaDatasets test authority");
        using X509Certificate2 other = CreateAuthority("another authority");
        Authority = Write("ca.pem", authority.ExportCertificatePem());
        OtherAuthority = Write("other-ca.pem", other.ExportCertificatePem());
        (string serverKey, string server) = Issue(authority, "server", IPAddress.Loopback);
        (string clientKey, string client) = Issue(authority, "reader", null);
        ServerStore = Write("server.pem", serverKey, server, authority.ExportCertificatePem());
        ClientKey = Write("client.key.pem", clientKey);
        Client = Write("client.pem", client);
    }

    public string Authority { get; }

    /// <summary>The authority that signed nothing.</summary>
    public string OtherAuthority { get; }

    /// <summary>Key, certificate and authority, as Kafka reads them.</summary>
    public string ServerStore { get; }

    public string Client { get; }

    public string ClientKey { get; }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static X509Certificate2 CreateAuthority(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
    }

    private static (string Key, string Certificate) Issue(X509Certificate2 authority, string name, IPAddress? address)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        if (address is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(address);
            request.CertificateExtensions.Add(names.Build());
        }

        using X509Certificate2 certificate = request.Create(authority, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), Guid.NewGuid().ToByteArray());
        return (key.ExportPkcs8PrivateKeyPem(), certificate.ExportCertificatePem());
    }

    private string Write(string name, params string[] pem)
    {
        string file = Path.Combine(_folder, name);
        File.WriteAllText(file, string.Join('\n', pem) + "\n");
        return file;
    }
}
