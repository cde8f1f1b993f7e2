using System.Globalization;
using System.Net;

namespace SusyDemo.Network;

/// <summary>Which of several processes this one is, and how they find each other.</summary>
/// <param name="Rank">The index of this process, from 0.</param>
/// <param name="World">How many processes there are.</param>
/// <param name="Coordinator">The host and port on which rank 0 listens, as the others reach it.</param>
internal sealed record RankGroupOptions(int Rank, int World, string Coordinator)
{
    /// <summary>How long a rank waits for the others to start, and for the first step.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long another rank may take for a step before it counts as lost.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    public DnsEndPoint Endpoint { get; } = Parse(Coordinator);

    private static DnsEndPoint Parse(string coordinator)
    {
        int colon = coordinator.LastIndexOf(':');
        return colon > 0 && int.TryParse(coordinator.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and <= IPEndPoint.MaxPort
            ? new DnsEndPoint(coordinator[..colon].Trim('[', ']'), port)
            : throw new DemoException($"--coordinator is '{coordinator}', which is not host:port.");
    }
}
