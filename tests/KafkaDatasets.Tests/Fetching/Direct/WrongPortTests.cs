using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Direct;
using KafkaDatasets.Fetching.Direct.Connection;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Tests.MLNet.Contract.Leaks;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Direct;

/// <summary>Ports that speak something else, or are silent, and hosts with more than one address.</summary>
public class WrongPortTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Plain_requests_to_a_TLS_port_name_the_setting_at_once()
    {
        using X509Certificate2 certificate = Certificate();
        using var port = new Port(async (stream, _) =>
        {
            using var tls = new System.Net.Security.SslStream(stream);
            await tls.AuthenticateAsServerAsync(certificate);
        });
        await AssertToldAsync(port, [], "closed", "SSL or SASL_SSL");
        using var alerting = new Port(async (stream, _) => await stream.WriteAsync(new byte[] { 0x15, 3, 3, 0, 2, 2, 80 }));
        await AssertToldAsync(alerting, [], "expects TLS", "security.protocol to SSL");
    }

    [Fact]
    public async Task TLS_to_a_port_without_it_names_the_setting()
    {
        using var talking = new Port(async (stream, _) => await stream.WriteAsync(new byte[] { 0, 0, 0, 9, 1, 2, 3, 4, 5 }));
        await AssertToldAsync(talking, [("security.protocol", "ssl")], "does not speak TLS", "PLAINTEXT");
        using var closing = new Port((_, _) => Task.CompletedTask);
        await AssertToldAsync(closing, [("security.protocol", "ssl")], "closed the connection in the TLS handshake", "PLAINTEXT");
    }

    [Fact]
    public async Task A_web_server_is_named()
    {
        using var web = new Port(async (stream, _) => await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray()));
        await AssertToldAsync(web, [], "HTTP server", "Check the port");
    }

    [Theory]
    [InlineData(FetchEngine.Direct)]
    [InlineData(FetchEngine.Consumer)]
    public async Task A_silent_port_is_warned_of_soon_and_given_up_before_the_whole_time_out(FetchEngine choice)
    {
        using var silent = new Port((_, stop) => Task.Delay(-1, stop));
        var log = new RecordedLog();
        TimeProvider clock = choice == FetchEngine.Direct ? new HastyTimeProvider(5) : TimeProvider.System; // librdkafka has a clock of its own
        await using IFetchEngine engine = FetchEngines.Create(choice, DirectEngineTests.Context(silent.Address, TimeSpan.FromSeconds(30), []) with { Logger = log, TimeProvider = clock });
        long start = clock.GetTimestamp();

        var e = await Assert.ThrowsAsync<BrokerException>(async () => await engine.DescribeTopicAsync("t", Cancelled));

        Assert.InRange(clock.GetElapsedTime(start).TotalSeconds, 2, 25);
        Assert.Contains("security.protocol", e.Message, StringComparison.Ordinal);
        Assert.Contains(log.Warnings, l => l.Contains(silent.Address, StringComparison.Ordinal) && l.Contains("has responded", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_writer_warns_of_a_silent_port_and_gives_it_up_too()
    {
        using var silent = new Port((_, stop) => Task.Delay(-1, stop));
        var log = new RecordedLog();
        var clock = new HastyTimeProvider(5);
        long start = clock.GetTimestamp();

        var e = await Assert.ThrowsAsync<BrokerException>(() => KafkaRecordWriter<Row>.OpenAsync(
            "t", new KafkaWriterOptions { BootstrapServers = silent.Address, Format = WriteFormat.Float32, LoggerFactory = log.ToFactory(), TimeProvider = clock }, Cancelled));

        Assert.InRange(clock.GetElapsedTime(start).TotalSeconds, 2, 25);
        Assert.Contains("security.protocol", e.Message, StringComparison.Ordinal);
        Assert.Contains(log.Warnings, l => l.Contains(silent.Address, StringComparison.Ordinal) && l.Contains("has responded", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_second_address_of_a_host_is_tried_while_the_first_is_silent()
    {
        await using var broker = new ScriptedBroker();
        using var silent = new Port((_, stop) => Task.Delay(-1, stop), IPAddress.Parse("127.0.0.2"), broker.Port);
        long start = Stopwatch.GetTimestamp();

        using BrokerConnection connection = await BrokerConnection.ConnectAsync(
            new BrokerEndpoint("two", broker.Port), [IPAddress.Parse("127.0.0.2"), IPAddress.Loopback], ClientSettings.Parse(new Dictionary<string, string>(), false), TimeSpan.FromMinutes(5), TimeProvider.System, Cancelled);

        Assert.NotNull(connection.Versions);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 60);
        Assert.Equal(1, silent.Connections);
    }

    [Fact]
    public async Task A_refused_address_costs_nothing_and_refused_credentials_end_the_attempts()
    {
        await using var broker = new ScriptedBroker { Sasl = ("PLAIN", "u", "right") };
        IPAddress[] addresses = [IPAddress.Parse("127.0.0.3"), IPAddress.Loopback];
        async Task<BrokerConnection> Connect(string password) => await BrokerConnection.ConnectAsync(
            new BrokerEndpoint("two", broker.Port),
            addresses,
            ClientSettings.Parse(new Dictionary<string, string> { ["security.protocol"] = "sasl_plaintext", ["sasl.mechanism"] = "PLAIN", ["sasl.username"] = "u", ["sasl.password"] = password }, false),
            TimeSpan.FromSeconds(30),
            TimeProvider.System,
            Cancelled);

        (await Connect("right")).Dispose();
        addresses = [IPAddress.Loopback, IPAddress.Parse("127.0.0.3")];
        Assert.True((await Assert.ThrowsAsync<BrokerException>(() => Connect("wrong"))).IsAccessDenied);
        addresses = [IPAddress.Parse("127.0.0.3"), IPAddress.Parse("127.0.0.4")];
        await Assert.ThrowsAsync<ConnectionLostException>(() => Connect("right"));
    }

    [Fact]
    public async Task A_silent_bootstrap_server_does_not_keep_the_next_one_from_being_asked()
    {
        await using var broker = new ScriptedBroker { Log = DirectEngineTests.Numbers(1, 5, 10) };
        using var silent = new Port((_, stop) => Task.Delay(-1, stop));
        await using var engine = new DirectEngine(DirectEngineTests.Context($"{silent.Address},{broker.Address}", TimeSpan.FromMinutes(5), []));
        long start = Stopwatch.GetTimestamp();

        Assert.Equal([0], (await engine.DescribeTopicAsync(ScriptedBroker.Topic, Cancelled)).Partitions);

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 60);
    }

    private static async Task AssertToldAsync(Port port, (string, string)[] config, params string[] parts)
    {
        await using var engine = new DirectEngine(DirectEngineTests.Context(port.Address, TimeSpan.FromSeconds(30), config) with { TimeProvider = new HastyTimeProvider(3) });
        var e = await Assert.ThrowsAsync<BrokerException>(async () => await engine.DescribeTopicAsync("t", Cancelled));
        Assert.All([.. parts, port.Address], part => Assert.Contains(part, e.Message, StringComparison.Ordinal));
    }

    private static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        using X509Certificate2 made = new CertificateRequest("CN=b", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    public sealed record Row(float X);

    /// <summary>A port that does one thing with each connection once its first bytes have come, and closes it.</summary>
    private sealed class Port : IDisposable
    {
        private readonly TcpListener _listener;
        private readonly CancellationTokenSource _stop = new();
        private readonly Func<NetworkStream, CancellationToken, Task> _serve;

        public Port(Func<NetworkStream, CancellationToken, Task> serve, IPAddress? address = null, int port = 0)
        {
            _serve = serve;
            _listener = new TcpListener(address ?? IPAddress.Loopback, port);
            _listener.Start();
            _ = Task.Run(AcceptAsync);
        }

        public int Connections { get; private set; }

        public string Address => _listener.LocalEndpoint.ToString()!;

        public void Dispose()
        {
            _stop.Cancel();
            _listener.Stop();
        }

        private async Task AcceptAsync()
        {
            while (!_stop.IsCancellationRequested)
            {
                Socket socket = await _listener.AcceptSocketAsync(_stop.Token);
                Connections++;
                _ = ServeAsync(socket);
            }
        }

        private async Task ServeAsync(Socket socket)
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            try
            {
                await socket.ReceiveAsync(new byte[1], SocketFlags.Peek, _stop.Token);
                await _serve(stream, _stop.Token);
                socket.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
            {
            }
        }
    }
}
