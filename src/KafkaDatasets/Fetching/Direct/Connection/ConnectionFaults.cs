using System.Net.Sockets;
using System.Security.Authentication;
using KafkaDatasets.Fetching.Direct.Protocol;

namespace KafkaDatasets.Fetching.Direct.Connection;

/// <summary>Exceptions for failures while a connection is set up, with the setting to change.</summary>
internal static class ConnectionFaults
{
    public const string WithoutTls = "set security.protocol to PLAINTEXT or SASL_PLAINTEXT, or use the port of a TLS listener";

    private const string WithTls = "set security.protocol to SSL or SASL_SSL, or use the port of a listener without TLS";
    private const int TlsAlert = 0x15;
    private const int TlsHandshake = 0x16;
    private const int Http = ('H' << 24) | ('T' << 16) | ('T' << 8) | 'P';

    /// <summary>Whether the first byte that a port sends is TLS.</summary>
    public static bool IsTls(int firstByte) => firstByte is TlsAlert or TlsHandshake;

    /// <summary>Identifies the first four bytes of a response when they are not its length.</summary>
    public static Exception NotAResponse(BrokerEndpoint endpoint, ClientSettings settings, int length, bool isFirst) => (length >> 16) switch
    {
        (TlsAlert << 8) | 3 when isFirst && !settings.UseTls => new BrokerException($"{endpoint} expects TLS: {WithTls}."),
        _ when isFirst && length == Http => new BrokerException($"{endpoint} is an HTTP server, not a Kafka broker. Check the port."),
        _ => new ProtocolException($"A response of {length} bytes is not between 4 and receive.message.max.bytes = {settings.MaxResponseBytes}"),
    };

    /// <summary>Runs one part of connection setup; its exceptions name the endpoint and the remedy.</summary>
    public static async Task<T> TranslateAsync<T>(BrokerEndpoint endpoint, ClientSettings settings, Func<Task<T>> part)
    {
        try
        {
            return await part().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (OperationCanceledException or BrokerException or ProtocolException))
        {
            throw Translate(endpoint, settings, e);
        }
    }

    private static Exception Translate(BrokerEndpoint endpoint, ClientSettings settings, Exception e) => e switch
    {
        SocketException => new ConnectionLostException($"{endpoint} cannot be reached: {e.Message}", e),
        IOException => new ConnectionLostException($"{endpoint} closed the connection before it was set up: {e.Message}", e),
        AuthenticationException => new BrokerException($"TLS with {endpoint} failed: {e.Message.TrimEnd('.')}. Check security.protocol, ssl.ca.location and the broker's certificate.", e) { IsAccessDenied = true },
        ConnectionLostException when IsTlsAlert(e.InnerException) => new BrokerException($"{endpoint} refused TLS: {e.GetBaseException().Message.TrimEnd('.')}. Check ssl.certificate.location and ssl.key.location.", e) { IsAccessDenied = true },
        ConnectionLostException when IsClosed(e.InnerException) && !settings.UseTls => new ConnectionLostException($"{endpoint} closed the connection before it was set up; if the port expects TLS, {WithTls}", e),
        ConnectionLostException => e,
        _ => new BrokerException($"Connecting to {endpoint} failed: {e.Message.TrimEnd('.')}.", e),
    };

    /// <summary>Whether a read failed because the broker rejected the handshake, which a TLS 1.3 client learns only at that point, rather than because the connection was lost.</summary>
    private static bool IsTlsAlert(Exception? e) => e is IOException { InnerException: not (null or SocketException or ObjectDisposedException) };

    private static bool IsClosed(Exception? e) =>
        e is EndOfStreamException or IOException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted } };
}
