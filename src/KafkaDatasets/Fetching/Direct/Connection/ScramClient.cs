using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace KafkaDatasets.Fetching.Direct.Connection;

/// <summary>The client's side of SCRAM (RFC 5802, RFC 7677), without channel binding.</summary>
internal sealed class ScramClient
{
    /// <summary>Kafka's default is 4,096; a server that requests more than this maximum wastes time.</summary>
    private const int MaxIterations = 1_000_000;

    private const int MinIterations = 4096;
    private readonly HashAlgorithmName _hash;
    private readonly string _password;
    private readonly string _nonce;
    private readonly string _firstBare;
    private byte[] _serverSignature = [];

    public ScramClient(HashAlgorithmName hash, string userName, string password, string? nonce = null)
    {
        _hash = hash;
        _password = password;
        _nonce = nonce ?? Convert.ToHexString(RandomNumberGenerator.GetBytes(18));
        _firstBare = $"n={userName.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal)},r={_nonce}";
    }

    public byte[] First() => Encoding.UTF8.GetBytes("n,," + _firstBare);

    /// <summary>The response to the server's first message.</summary>
    /// <exception cref="FormatException">RFC 5802 does not allow the server's message.</exception>
    public byte[] Final(ReadOnlySpan<byte> serverFirst)
    {
        string first = Encoding.UTF8.GetString(serverFirst);
        string nonce = Attribute(first, 'r');
        byte[] salt = Convert.FromBase64String(Attribute(first, 's'));
        if (!nonce.StartsWith(_nonce, StringComparison.Ordinal) || nonce.Length == _nonce.Length)
        {
            throw new FormatException("the server's nonce does not continue the client's");
        }

        if (!int.TryParse(Attribute(first, 'i'), NumberStyles.None, CultureInfo.InvariantCulture, out int iterations) || iterations is < MinIterations or > MaxIterations)
        {
            throw new FormatException($"the server's number of iterations is not between {MinIterations} and {MaxIterations}");
        }

        string withoutProof = $"c=biws,r={nonce}";
        byte[] message = Encoding.UTF8.GetBytes($"{_firstBare},{first},{withoutProof}");
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(_password), salt, iterations, _hash, HashLength);
        byte[] clientKey = Hmac(salted, "Client Key"u8);
        byte[] proof = Hmac(CryptographicOperations.HashData(_hash, clientKey), message);
        for (int i = 0; i < proof.Length; i++)
        {
            proof[i] ^= clientKey[i];
        }

        _serverSignature = Hmac(Hmac(salted, "Server Key"u8), message);
        return Encoding.UTF8.GetBytes($"{withoutProof},p={Convert.ToBase64String(proof)}");
    }

    /// <summary>Checks that the server knows the password too.</summary>
    /// <exception cref="FormatException">The server's signature is invalid or missing.</exception>
    public void Verify(ReadOnlySpan<byte> serverFinal)
    {
        byte[] signature = Convert.FromBase64String(Attribute(Encoding.UTF8.GetString(serverFinal), 'v'));
        if (!CryptographicOperations.FixedTimeEquals(signature, _serverSignature))
        {
            throw new FormatException("the server's signature is wrong");
        }
    }

    private int HashLength => _hash == HashAlgorithmName.SHA256 ? 32 : 64;

    private static string Attribute(string message, char name)
    {
        foreach (string part in message.Split(','))
        {
            if (part.Length > 1 && part[0] == name && part[1] == '=')
            {
                return part[2..];
            }
        }

        throw new FormatException($"the server's message has no '{name}'");
    }

    private byte[] Hmac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message) => CryptographicOperations.HmacData(_hash, key, message);
}
