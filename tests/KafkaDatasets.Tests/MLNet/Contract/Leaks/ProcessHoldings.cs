using System.Diagnostics;
using System.Net.NetworkInformation;

namespace KafkaDatasets.Tests.MLNet.Contract.Leaks;

/// <summary>What the process holds, apart from the thread pool.</summary>
/// <param name="Threads">Threads that are not the pool's.</param>
/// <param name="Sockets">Connections to the brokers, each with both its ends.</param>
internal readonly record struct ProcessHoldings(int Threads, int Sockets)
{
    public static ProcessHoldings Now(EmbeddedKafka kafka)
    {
        using Process process = Process.GetCurrentProcess();
        int[] ports = [.. kafka.BootstrapServers.Split(',').Select(s => int.Parse(s.Split(':')[1]))];
        int sockets = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections()
            .Count(c => c.State == TcpState.Established && (ports.Contains(c.LocalEndPoint.Port) || ports.Contains(c.RemoteEndPoint.Port)));
        return new ProcessHoldings(process.Threads.Count - ThreadPool.ThreadCount, sockets);
    }

    /// <summary>Whether nothing was added but what the runtime may have started for itself.</summary>
    public bool IsBackTo(ProcessHoldings before) => Threads <= before.Threads + 2 && Sockets <= before.Sockets;
}
