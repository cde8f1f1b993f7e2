using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using KafkaDatasets.Clients;
using KafkaDatasets.Fetching.Direct.Protocol;

namespace KafkaDatasets.Fetching.Direct.Connection;

/// <summary>Performs SASL on a new connection: SaslHandshake, then as many SaslAuthenticate requests as the mechanism needs.</summary>
internal static class SaslAuthenticator
{
    private const string PasswordCredentials = "the credentials of sasl.username and sasl.password";
    private const string TokenCredentials = $"the token of {nameof(KafkaDatasetOptions.OAuthBearerTokenProvider)}";

    /// <summary>Authenticates, and returns how long the broker accepts requests on this connection; zero means no limit (KIP-368).</summary>
    /// <exception cref="BrokerException">The broker rejects the mechanism or the credentials, or there is no token.</exception>
    public static async ValueTask<TimeSpan> AuthenticateAsync(BrokerConnection connection, ClientSettings settings, CancellationToken cancellationToken)
    {
        string mechanism = Name(settings.Sasl);
        connection.Versions.Choose(ApiKey.SaslHandshake, connection.Endpoint);
        SaslMessage.WriteHandshake(connection.Writer, connection.NextCorrelationId(), settings.ClientId, mechanism);
        ReadOnlyMemory<byte> response = await connection.ExchangeAsync(flexibleHeader: false).ConfigureAwait(false);
        ErrorCode error = SaslMessage.ReadHandshake(new ProtocolReader(response.Span), out IReadOnlyList<string> mechanisms);
        if (error != ErrorCode.None)
        {
            throw Refused(connection, $"the SASL mechanism {mechanism}; it offers {(mechanisms.Count == 0 ? "none: check security.protocol, the port may be one without SASL" : string.Join(", ", mechanisms))}", error);
        }

        switch (settings.Sasl)
        {
            case SaslMechanism.Plain:
                byte[] message = Encoding.UTF8.GetBytes($"\0{settings.UserName}\0{settings.Password}");
                return (await ExchangeAsync(connection, settings, message, PasswordCredentials).ConfigureAwait(false)).Lifetime;
            case SaslMechanism.ScramSha256:
                return await ScramAsync(connection, settings, mechanism, HashAlgorithmName.SHA256).ConfigureAwait(false);
            case SaslMechanism.ScramSha512:
                return await ScramAsync(connection, settings, mechanism, HashAlgorithmName.SHA512).ConfigureAwait(false);
            case SaslMechanism.OAuthBearer:
                return await OAuthBearerAsync(connection, settings, settings.Tokens!, cancellationToken).ConfigureAwait(false);
            default:
                throw new UnreachableException();
        }
    }

    private static async ValueTask<TimeSpan> ScramAsync(BrokerConnection connection, ClientSettings settings, string mechanism, HashAlgorithmName hash)
    {
        var scram = new ScramClient(hash, settings.UserName, settings.Password);
        (byte[] serverFirst, _) = await ExchangeAsync(connection, settings, scram.First(), PasswordCredentials).ConfigureAwait(false);
        try
        {
            (byte[] serverFinal, TimeSpan lifetime) = await ExchangeAsync(connection, settings, scram.Final(serverFirst), PasswordCredentials).ConfigureAwait(false);
            scram.Verify(serverFinal);
            return lifetime;
        }
        catch (FormatException e)
        {
            throw new BrokerException($"{mechanism} with {connection.Endpoint} failed: {e.Message}.", e) { IsAccessDenied = true };
        }
    }

    /// <summary>Sends a token; if a reused token is rejected, it may have expired by the broker's clock, and the next connection gets a new one.</summary>
    private static async ValueTask<TimeSpan> OAuthBearerAsync(BrokerConnection connection, ClientSettings settings, TokenCache tokens, CancellationToken cancellationToken)
    {
        (OAuthBearerToken token, bool isNew) = await tokens.GetAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await OAuthBearerAsync(connection, settings, token).ConfigureAwait(false);
        }
        catch (BrokerException e) when (e.IsAccessDenied)
        {
            tokens.Drop(token);
            if (isNew)
            {
                throw;
            }

            throw new ConnectionLostException(e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>RFC 7628: one message with the token; a response that is not empty gives the reason for the rejection, and the broker waits for one more byte to end the exchange.</summary>
    private static async ValueTask<TimeSpan> OAuthBearerAsync(BrokerConnection connection, ClientSettings settings, OAuthBearerToken token)
    {
        string extensions = string.Concat(token.Extensions.Select(e => $"{e.Key}={e.Value}\u0001"));
        byte[] message = Encoding.UTF8.GetBytes($"n,,\u0001auth=Bearer {token.Value}\u0001{extensions}\u0001");
        (byte[] refusal, TimeSpan lifetime) = await ExchangeAsync(connection, settings, message, TokenCredentials).ConfigureAwait(false);
        if (refusal.Length == 0)
        {
            return lifetime;
        }

        string reason = $"{TokenCredentials} ({Encoding.UTF8.GetString(refusal)})";
        try
        {
            await ExchangeAsync(connection, settings, [1], TokenCredentials).ConfigureAwait(false);
        }
        catch (BrokerException e)
        {
            throw new BrokerException($"{connection.Endpoint} refuses {reason}.", e) { IsAccessDenied = true, ErrorCode = e.ErrorCode };
        }

        throw Refused(connection, reason, ErrorCode.SaslAuthenticationFailed);
    }

    private static async ValueTask<(byte[] Bytes, TimeSpan Lifetime)> ExchangeAsync(BrokerConnection connection, ClientSettings settings, byte[] message, string credentials)
    {
        short version = connection.Versions.Choose(ApiKey.SaslAuthenticate, connection.Endpoint);
        SaslMessage.WriteAuthenticate(connection.Writer, version, connection.NextCorrelationId(), settings.ClientId, message);
        ReadOnlyMemory<byte> response = await connection.ExchangeAsync(SaslMessage.IsFlexible(version)).ConfigureAwait(false);
        ErrorCode error = SaslMessage.ReadAuthenticate(new ProtocolReader(response.Span), version, out string? text, out byte[] bytes, out TimeSpan lifetime);
        return error == ErrorCode.None
            ? (bytes, lifetime)
            : throw Refused(connection, $"{credentials}{(text is null ? "" : $" ({text})")}", error);
    }

    private static BrokerException Refused(BrokerConnection connection, string what, ErrorCode error) =>
        new($"{connection.Endpoint} refuses {what}: {error.Describe()}.") { IsAccessDenied = true, ErrorCode = (int)error };

    private static string Name(SaslMechanism mechanism) => mechanism switch
    {
        SaslMechanism.Plain => "PLAIN",
        SaslMechanism.ScramSha256 => "SCRAM-SHA-256",
        SaslMechanism.ScramSha512 => "SCRAM-SHA-512",
        SaslMechanism.OAuthBearer => "OAUTHBEARER",
        _ => throw new UnreachableException(),
    };
}
