using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KafkaDatasets.Fetching.Direct.Connection;

/// <summary>TLS settings, from librdkafka's <c>ssl.*</c> properties.</summary>
internal sealed class TlsSettings
{
    private string? _caLocation;
    private string? _caPem;
    private string? _certificateLocation;
    private string? _certificatePem;
    private string? _keyLocation;
    private string? _keyPem;
    private string? _keyPassword;
    private string? _keystoreLocation;
    private string? _keystorePassword;
    private bool _checkHostName = true;
    private bool _verify = true;

    public bool Handles(string name) => name is
        "ssl.ca.location" or "ssl.ca.pem" or "ssl.certificate.location" or "ssl.certificate.pem" or "ssl.key.location" or "ssl.key.pem"
        or "ssl.key.password" or "ssl.keystore.location" or "ssl.keystore.password" or "ssl.endpoint.identification.algorithm"
        or "enable.ssl.certificate.verification";

    /// <summary>Reads a property; returns why it is not supported, or null.</summary>
    public string? Read(string name, string value)
    {
        switch (name)
        {
            case "ssl.ca.location":
                _caLocation = value == "probe" ? null : value;
                return null;
            case "ssl.ca.pem":
                _caPem = value;
                return null;
            case "ssl.certificate.location":
                _certificateLocation = value;
                return null;
            case "ssl.certificate.pem":
                _certificatePem = value;
                return null;
            case "ssl.key.location":
                _keyLocation = value;
                return null;
            case "ssl.key.pem":
                _keyPem = value;
                return null;
            case "ssl.key.password":
                _keyPassword = value;
                return null;
            case "ssl.keystore.location":
                _keystoreLocation = value;
                return null;
            case "ssl.keystore.password":
                _keystorePassword = value;
                return null;
            case "ssl.endpoint.identification.algorithm":
                _checkHostName = value != "none";
                return value is "none" or "https" ? null : $"ssl.endpoint.identification.algorithm is '{value}': use none or https";
            default:
                return ClientSettings.ReadBoolean(name, value, b => _verify = b);
        }
    }

    /// <summary>The options of a handshake with a host.</summary>
    /// <exception cref="BrokerException">A certificate or a key cannot be read.</exception>
    public SslClientAuthenticationOptions ForHost(string host)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = host };
        try
        {
            if (LoadRoots() is { } roots)
            {
                options.CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                };
                options.CertificateChainPolicy.CustomTrustStore.AddRange(roots);
            }

            if (LoadClientCertificate() is { } context)
            {
                options.ClientCertificateContext = context;
            }
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BrokerException($"A certificate or key of the ssl.* properties cannot be read: {e.Message}", e);
        }

        options.RemoteCertificateValidationCallback = (_, _, chain, errors) =>
            !_verify || (_checkHostName ? errors : errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None ? true : throw Distrust(host, chain, errors);
        return options;
    }

    private static AuthenticationException Distrust(string host, X509Chain? chain, SslPolicyErrors errors) => new(
        errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors)
            ? $"the broker's certificate is not trusted: {string.Join(", ", chain?.ChainStatus.Select(s => s.StatusInformation.Trim()) ?? [])}"
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? $"the broker's certificate is not valid for the host '{host}'" : "the broker sent no certificate");

    private static string? Pem(string? pem, string? location) => pem ?? (location is null ? null : File.ReadAllText(location));

    private X509Certificate2Collection? LoadRoots()
    {
        var roots = new X509Certificate2Collection();
        if (_caPem is not null)
        {
            roots.ImportFromPem(_caPem);
        }
        else if (_caLocation is not null && Directory.Exists(_caLocation))
        {
            foreach (string file in Directory.EnumerateFiles(_caLocation))
            {
                roots.ImportFromPem(File.ReadAllText(file));
            }
        }
        else if (_caLocation is not null)
        {
            roots.ImportFromPem(File.ReadAllText(_caLocation));
        }
        else
        {
            return null;
        }

        return roots.Count > 0 ? roots : throw new CryptographicException("ssl.ca.location or ssl.ca.pem has no PEM certificate.");
    }

    private SslStreamCertificateContext? LoadClientCertificate()
    {
        var chain = new X509Certificate2Collection();
        X509Certificate2 certificate;
        if (_keystoreLocation is not null)
        {
            chain = X509CertificateLoader.LoadPkcs12CollectionFromFile(_keystoreLocation, _keystorePassword);
            certificate = chain.FirstOrDefault(c => c.HasPrivateKey) ?? throw new CryptographicException("ssl.keystore.location has no certificate with its key.");
        }
        else if (Pem(_certificatePem, _certificateLocation) is { } pem)
        {
            string key = Pem(_keyPem, _keyLocation) ?? throw new CryptographicException("ssl.certificate.location needs ssl.key.location.");
            chain.ImportFromPem(pem);
            certificate = key.Contains("ENCRYPTED PRIVATE KEY", StringComparison.Ordinal)
                ? X509Certificate2.CreateFromEncryptedPem(pem, key, _keyPassword)
                : X509Certificate2.CreateFromPem(pem, key);
            if (OperatingSystem.IsWindows())
            {
                certificate = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
            }
        }
        else
        {
            return null;
        }

        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }
}
