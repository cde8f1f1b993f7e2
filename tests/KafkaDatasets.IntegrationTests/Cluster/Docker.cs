using System.Net.Sockets;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using Testcontainers.Kafka;

namespace KafkaDatasets.IntegrationTests.Cluster;

/// <summary>Kafka and a schema registry in containers, where a Docker engine answers.</summary>
internal static class Docker
{
    private const string KafkaImage = "apache/kafka:4.1.0";
    private const string RegistryImage = "apicurio/apicurio-registry:3.0.9";
    private const int RegistryPort = 8080;
    private static readonly Lazy<bool> Answer = new(Ask);

    /// <summary>Whether a Docker engine accepts connections; found out once, in a second at most.</summary>
    public static bool Answers => Answer.Value;

    public static async Task<(string BootstrapServers, IAsyncDisposable Container)> StartKafkaAsync(CancellationToken cancellationToken)
    {
        KafkaContainer container = new KafkaBuilder(KafkaImage).WithKRaft().Build();
        await container.StartAsync(cancellationToken);
        return (container.GetBootstrapAddress(), container);
    }

    public static async Task<(string Url, IAsyncDisposable Container)> StartSchemaRegistryAsync(CancellationToken cancellationToken)
    {
        IContainer container = new ContainerBuilder(RegistryImage).WithPortBinding(RegistryPort, assignRandomHostPort: true).Build();
        await container.StartAsync(cancellationToken);
        string url = $"http://{container.Hostname}:{container.GetMappedPublicPort(RegistryPort)}/apis/ccompat/v7";
        await SchemaRegistryServer.WaitAsync(url, () => false, () => RegistryImage, cancellationToken);
        return (url, container);
    }

    private static bool Ask()
    {
        var address = new Uri(Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 } host ? host : "unix:///var/run/docker.sock");
        if (address.Scheme == "npipe" || OperatingSystem.IsWindows())
        {
            return File.Exists(@"\\.\pipe\docker_engine");
        }

        bool isUnix = address.Scheme == "unix";
        using var socket = isUnix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            Task connect = isUnix ? socket.ConnectAsync(new UnixDomainSocketEndPoint(address.AbsolutePath)) : socket.ConnectAsync(address.Host, address.Port);
            return connect.Wait(TimeSpan.FromSeconds(1));
        }
        catch (AggregateException)
        {
            return false;
        }
    }
}
