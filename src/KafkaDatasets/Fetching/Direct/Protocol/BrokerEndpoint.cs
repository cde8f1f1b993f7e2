using System.Diagnostics;
using System.Globalization;

namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>The host and port of a broker.</summary>
internal readonly record struct BrokerEndpoint(string Host, int Port)
{
    private const ushort DefaultPort = 9092;

    /// <summary>Parses a comma-separated list of addresses, each host or host:port, with or without a protocol prefix.</summary>
    public static IReadOnlyList<BrokerEndpoint> ParseList(string servers)
    {
        if (FaultOf(servers) is { } fault)
        {
            throw new BrokerException($"{fault}.");
        }

        return [.. Split(servers).Select(text => TryParse(text, out BrokerEndpoint endpoint) ? endpoint : throw new UnreachableException())];
    }

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>The problem with a list of addresses, or null.</summary>
    public static string? FaultOf(string servers)
    {
        string[] faulty = [.. Split(servers).Where(text => !TryParse(text, out _)).Select(text => $"'{text}'")];
        return faulty.Length > 0 ? $"{string.Join(", ", faulty)} is not the address of a broker: give host:port"
            : Split(servers).Any() ? null : "there is no address: give host:port of at least one broker";
    }

    private static IEnumerable<string> Split(string servers) =>
        servers.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => part.IndexOf("://", StringComparison.Ordinal) is >= 0 and var scheme ? part[(scheme + 3)..] : part);

    private static bool TryParse(string text, out BrokerEndpoint endpoint)
    {
        string host = text;
        string? port = null;
        int bracket = text.LastIndexOf(']');
        int colon = text.LastIndexOf(':');
        if (colon > bracket && (bracket >= 0 || text.IndexOf(':') == colon))
        {
            host = text[..colon];
            port = text[(colon + 1)..];
        }

        host = host.TrimStart('[').TrimEnd(']');
        ushort number = DefaultPort;
        bool isValid = host.Length > 0 && (port is null || ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number));
        endpoint = new BrokerEndpoint(host, number);
        return isValid;
    }
}
