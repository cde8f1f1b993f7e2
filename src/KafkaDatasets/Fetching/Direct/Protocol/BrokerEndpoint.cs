using System.Globalization;

namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>Where a broker listens.</summary>
internal readonly record struct BrokerEndpoint(string Host, int Port)
{
    private const int DefaultPort = 9092;

    /// <summary>The addresses in a list separated by commas, each host or host:port, with a protocol before it or not.</summary>
    public static IReadOnlyList<BrokerEndpoint> ParseList(string servers)
    {
        var endpoints = new List<BrokerEndpoint>();
        foreach (string part in servers.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int scheme = part.IndexOf("://", StringComparison.Ordinal);
            endpoints.Add(Parse(scheme < 0 ? part : part[(scheme + 3)..]));
        }

        return endpoints;
    }

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    private static BrokerEndpoint Parse(string text)
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
        if (host.Length == 0 || (port is not null && !ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            throw new BrokerException($"'{text}' is not the address of a broker: give host:port.");
        }

        return new BrokerEndpoint(host, port is null ? DefaultPort : int.Parse(port, CultureInfo.InvariantCulture));
    }
}
