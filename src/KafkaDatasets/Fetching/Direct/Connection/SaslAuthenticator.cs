using System.Security.Cryptography;
using System.Text;
using KafkaDatasets.Fetching.Direct.Protocol;

namespace KafkaDatasets.Fetching.Direct.Connection;

/// <summary>SASL on a new connection: SaslHandshake, then SaslAuthenticate as often as the mechanism needs.</summary>
internal static class SaslAuthenticator
{
    /// <summary>Authenticates; how long the broker takes requests afterwards, 0 for ever.</summary>
    /// <exception cref="BrokerException">The broker refuses the mechanism or the credentials.</exception>
    public static async ValueTask<TimeSpan> AuthenticateAsync(BrokerConnection connection, ClientSettings settings)
    {
        string mechanism = Name(settings.Sasl);
        connection.Versions.Choose(ApiKey.SaslHandshake, connection.Endpoint);
        SaslMessage.WriteHandshake(connection.Writer, connection.NextCorrelationId(), settings.ClientId, mechanism);
        ReadOnlyMemory<byte> answer = await connection.ExchangeAsync(flexibleHeader: false).ConfigureAwait(false);
        ErrorCode error = SaslMessage.ReadHandshake(new ProtocolReader(answer.Span), out IReadOnlyList<string> mechanisms);
        if (error != ErrorCode.None)
        {
            throw Refused(connection, $"the SASL mechanism {mechanism}; it offers {string.Join(", ", mechanisms)}", error);
        }

        if (settings.Sasl == SaslMechanism.Plain)
        {
            byte[] message = Encoding.UTF8.GetBytes($"\0{settings.UserName}\0{settings.Password}");
            return (await ExchangeAsync(connection, settings, message).ConfigureAwait(false)).Lifetime;
        }

        var scram = new ScramClient(settings.Sasl == SaslMechanism.ScramSha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512, settings.UserName, settings.Password);
        (byte[] serverFirst, _) = await ExchangeAsync(connection, settings, scram.First()).ConfigureAwait(false);
        try
        {
            (byte[] serverFinal, TimeSpan lifetime) = await ExchangeAsync(connection, settings, scram.Final(serverFirst)).ConfigureAwait(false);
            scram.Verify(serverFinal);
            return lifetime;
        }
        catch (FormatException e)
        {
            throw new BrokerException($"{mechanism} with {connection.Endpoint} failed: {e.Message}.", e) { IsAccessDenied = true };
        }
    }

    private static async ValueTask<(byte[] Bytes, TimeSpan Lifetime)> ExchangeAsync(BrokerConnection connection, ClientSettings settings, byte[] message)
    {
        short version = connection.Versions.Choose(ApiKey.SaslAuthenticate, connection.Endpoint);
        SaslMessage.WriteAuthenticate(connection.Writer, version, connection.NextCorrelationId(), settings.ClientId, message);
        ReadOnlyMemory<byte> answer = await connection.ExchangeAsync(SaslMessage.IsFlexible(version)).ConfigureAwait(false);
        ErrorCode error = SaslMessage.ReadAuthenticate(new ProtocolReader(answer.Span), version, out string? text, out byte[] bytes, out TimeSpan lifetime);
        return error == ErrorCode.None
            ? (bytes, lifetime)
            : throw Refused(connection, $"the credentials of sasl.username and sasl.password{(text is null ? "" : $" ({text})")}", error);
    }

    private static BrokerException Refused(BrokerConnection connection, string what, ErrorCode error) =>
        new($"{connection.Endpoint} refuses {what}: {error.Describe()}.") { IsAccessDenied = true, ErrorCode = (int)error };

    private static string Name(SaslMechanism mechanism) => mechanism switch
    {
        SaslMechanism.Plain => "PLAIN",
        SaslMechanism.ScramSha256 => "SCRAM-SHA-256",
        _ => "SCRAM-SHA-512",
    };
}
