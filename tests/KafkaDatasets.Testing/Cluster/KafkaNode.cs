namespace KafkaDatasets.Testing.Cluster;

/// <summary>One node of a <see cref="KafkaCluster"/>: a Java process with a properties file, ports and a log directory of its own.</summary>
internal sealed class KafkaNode : IDisposable
{
    /// <summary>The listener behind the node's <see cref="Proxy"/>.</summary>
    public const string Proxied = "PROXIED";

    private const int MostStarts = 3;

    private readonly KafkaHome _home;
    private readonly KafkaClusterSettings _settings;
    private readonly string _folder;
    private readonly Dictionary<string, int> _ports = [];
    private readonly SmallDisk? _disk;
    private readonly Lock _starting = new();
    private JavaProcess? _process;
    private int _startsLeft;

    public KafkaNode(KafkaHome home, string clusterFolder, int id, KafkaClusterSettings settings)
    {
        _home = home;
        _settings = settings;
        Id = id;
        _folder = Directory.CreateDirectory(Path.Combine(clusterFolder, $"node-{id}")).FullName;
        ControllerPort = FreePorts.Next();
        foreach (string listener in settings.Listeners.Prepend("PLAINTEXT"))
        {
            _ports.Add(listener, FreePorts.Next());
        }

        _disk = settings.DiskMegabytes is { } size && SmallDisk.IsPossible ? new SmallDisk(LogDirectory, size) : null;
        if (settings.HasProxies)
        {
            _ports.Add(Proxied, FreePorts.Next());
            Proxy = new TcpProxy(_ports[Proxied]);
        }
    }

    public int Id { get; }

    public int ControllerPort { get; }

    /// <summary>What stands between clients and the node, where the cluster has proxies.</summary>
    public TcpProxy? Proxy { get; }

    /// <summary>Whether it runs, or is started again.</summary>
    public bool IsRunning
    {
        get
        {
            lock (_starting)
            {
                return _process is { HasExited: false } || _startsLeft > 0;
            }
        }
    }

    public string LogTail => _process?.LogTail ?? "It has not been started.";

    /// <summary>Where the node keeps its partitions.</summary>
    public string LogDirectory => Path.Combine(_folder, "log");

    private string PropertiesFile => Path.Combine(_folder, "server.properties");

    /// <summary>Where clients reach a listener.</summary>
    public string Address(string listener = "PLAINTEXT") => $"127.0.0.1:{(listener == Proxied ? Proxy!.Port : _ports[listener])}";

    public async Task FormatAsync(string clusterId, string voters, CancellationToken cancellationToken)
    {
        string listeners = string.Join(',', _ports.Select(p => $"{p.Key}://127.0.0.1:{p.Value}"));
        int replicas = Math.Min(_settings.Nodes, 3);
        var properties = new Dictionary<string, string>
        {
            ["process.roles"] = "broker,controller",
            ["node.id"] = $"{Id}",
            ["controller.quorum.voters"] = voters,
            ["controller.listener.names"] = "CONTROLLER",
            ["listeners"] = $"{listeners},CONTROLLER://127.0.0.1:{ControllerPort}",
            ["advertised.listeners"] = string.Join(',', _ports.Keys.Select(l => $"{l}://{Address(l)}")),
            ["listener.security.protocol.map"] = string.Join(',', _ports.Keys.Select(l => $"{l}:{(l == Proxied ? _settings.ProxiedProtocol : l)}").Append("CONTROLLER:PLAINTEXT")),
            ["inter.broker.listener.name"] = "PLAINTEXT",
            ["log.dirs"] = LogDirectory,
            ["num.partitions"] = "1",
            ["auto.create.topics.enable"] = "false",
            ["delete.topic.enable"] = "true",
            ["default.replication.factor"] = $"{replicas}",
            ["offsets.topic.replication.factor"] = $"{replicas}",
            ["offsets.topic.num.partitions"] = "4",
            ["transaction.state.log.replication.factor"] = $"{replicas}",
            ["transaction.state.log.min.isr"] = "1",
            ["transaction.state.log.num.partitions"] = "4",
            ["transaction.max.timeout.ms"] = "7200000", // for a transaction that is open while all tests run
            ["group.initial.rebalance.delay.ms"] = "0",
            ["log.cleaner.backoff.ms"] = "100",
        };
        foreach ((string name, string value) in _settings.Properties)
        {
            properties[name] = value;
        }

        await File.WriteAllLinesAsync(PropertiesFile, properties.Select(p => $"{p.Key}={p.Value}"), cancellationToken);
        await JavaProcess.RunAsync(
            [.. _home.JavaArguments("kafka.tools.StorageTool", _folder), "format", "-t", clusterId, "-c", PropertiesFile, .. _settings.FormatArguments],
            cancellationToken);
    }

    /// <summary>Starts the node; again, a few times, where it ends by itself, as Kafka does when the controller changes just then.</summary>
    public void Start()
    {
        lock (_starting)
        {
            _startsLeft = MostStarts;
            StartOnce();
        }
    }

    /// <summary>As <c>kill -9</c>.</summary>
    public void Kill()
    {
        Leave();
        _process?.Kill();
    }

    /// <summary>As <c>kill</c>: the node hands its partitions over, and ends.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        Leave();
        return _process?.StopAsync(cancellationToken) ?? Task.CompletedTask;
    }

    /// <summary>Takes all the room on the node's disk; where it has none of its own, from now on no file of the node can become longer than it is.</summary>
    public async Task FillDiskAsync()
    {
        if (_disk is null)
        {
            await _process!.LimitFileSizeAsync();
        }
        else
        {
            _disk.Fill();
        }
    }

    /// <summary>Starts the node anew, with room.</summary>
    public void RestartWithRoom()
    {
        Kill();
        _disk?.Free();
        Start();
    }

    public void Dispose()
    {
        Leave();
        _process?.Dispose();
        Proxy?.Dispose();
        _disk?.Dispose();
    }

    private void StartOnce()
    {
        _startsLeft--;
        _process?.Dispose();
        _process = JavaProcess.Start(
            [.. _home.JavaArguments("kafka.Kafka", _folder, _settings.JavaOptions), PropertiesFile], Path.Combine(_folder, "output.log"), onExit: OnExit);
    }

    private void OnExit()
    {
        lock (_starting)
        {
            if (_startsLeft > 0 && _process is { HasExited: true })
            {
                StartOnce();
            }
        }
    }

    /// <summary>It is to end, and stay so.</summary>
    private void Leave()
    {
        lock (_starting)
        {
            _startsLeft = 0;
        }
    }
}
