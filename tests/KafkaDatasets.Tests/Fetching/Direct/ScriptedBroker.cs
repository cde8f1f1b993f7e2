using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace KafkaDatasets.Tests.Fetching.Direct;

/// <summary>
/// A broker for one topic that speaks just what a test tells it: versions, faults, and misbehaviour on the wire.
/// It checks that every request is well-formed to the last byte.
/// </summary>
internal sealed partial class ScriptedBroker : IAsyncDisposable
{
    public const string Topic = "events";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Socket, byte> _clients = new();
    private readonly Task _loop;
    private int _fetches;

    public ScriptedBroker()
    {
        _listener.Start();
        _loop = Task.Run(AcceptAsync);
    }

    public static Guid TopicId { get; } = new("0f0e0d0c-0b0a-0908-0706-050403020100");

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Address => $"127.0.0.1:{Port}";

    public int NodeId { get; init; } = 1;

    /// <summary>The batches of each partition, their offsets ascending.</summary>
    public Dictionary<int, List<byte[]>> Log { get; init; } = new() { [0] = [] };

    public Dictionary<int, long> LogStart { get; } = [];

    /// <summary>The leader of a partition; default: this broker.</summary>
    public Func<int, ScriptedBroker> Leader { get; set; } = null!;

    public int LeaderEpoch { get; set; } = 5;

    public Dictionary<int, List<(long ProducerId, long FirstOffset)>> Aborted { get; } = [];

    /// <summary>The newest version of each request, by its number: those of Kafka 4.3.</summary>
    public Dictionary<int, (int Min, int Max)> Versions { get; init; } = new() { [1] = (4, 18), [2] = (1, 11), [3] = (0, 13), [17] = (0, 1), [18] = (0, 4), [36] = (0, 2) };

    /// <summary>The versions of Kafka 2.4.</summary>
    public static Dictionary<int, (int Min, int Max)> Kafka24 => new() { [1] = (0, 11), [2] = (0, 5), [3] = (0, 9), [17] = (0, 1), [18] = (0, 3), [36] = (0, 1) };

    /// <summary>The versions of Kafka 0.11, with the SASL of Kafka 1.0: the oldest that the engine speaks.</summary>
    public static Dictionary<int, (int Min, int Max)> Oldest => new() { [1] = (0, 4), [2] = (0, 2), [3] = (0, 4), [17] = (0, 1), [18] = (0, 1), [36] = (0, 0) };

    public Guid? Id { get; set; } = TopicId;

    public int TopicError { get; set; }

    /// <summary>Kafka's error code for a partition of a fetch, by the number of the fetch and the partition.</summary>
    public Func<int, int, int> FetchError { get; set; } = (_, _) => 0;

    public int ListOffsetsError { get; set; }

    public int ThrottleMilliseconds { get; set; }

    public long LastStableOffset { get; set; } = long.MaxValue;

    public int PreferredReplica { get; set; } = -1;

    public long DivergedAt { get; set; } = -1;

    /// <summary>Sends an answer to a fetch, whole with its length, on the wire; by the number of the fetch.</summary>
    public Func<int, byte[], Stream, Socket, Task> Send { get; set; } = (_, frame, stream, _) => stream.WriteAsync(frame).AsTask();

    /// <summary>Sends an answer to anything but a fetch, by the number of the request's kind.</summary>
    public Func<int, byte[], Stream, Socket, Task> SendOther { get; set; } = (_, frame, stream, _) => stream.WriteAsync(frame).AsTask();

    public (string Mechanism, string User, string Password)? Sasl { get; init; }

    /// <summary>How long the broker takes requests after a client has authenticated; 0: for ever.</summary>
    public int SessionMilliseconds { get; init; }

    /// <summary>Whether the next token counts as expired.</summary>
    public bool RefusesNextToken { get; set; }

    /// <summary>The messages of SaslAuthenticate, one behind the other.</summary>
    public ConcurrentQueue<string> Tokens { get; } = new();

    public X509Certificate2? Certificate { get; init; }

    public bool RequireClientCertificate { get; init; }

    public ConcurrentQueue<(int Api, int Version)> Requests { get; } = new();

    public ConcurrentQueue<(int Partition, int Epoch, long Offset, int LastEpoch, int MaxBytes)> FetchedPartitions { get; } = new();

    public int Connections;

    public Exception? Fault { get; private set; }

    public void CloseConnections()
    {
        foreach (Socket socket in _clients.Keys)
        {
            socket.Close();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        CloseConnections();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Fault is not null)
        {
            throw new InvalidOperationException("The scripted broker was asked what it does not understand.", Fault);
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket socket = await _listener.AcceptSocketAsync(_stop.Token);
            socket.NoDelay = true;
            _clients[socket] = 0;
            Interlocked.Increment(ref Connections);
            _ = Task.Run(() => ServeAsync(socket));
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (Certificate is not null)
            {
                var tls = new SslStream(stream, false, (_, _, _, _) => true);
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = Certificate, ClientCertificateRequired = RequireClientCertificate });
                if (RequireClientCertificate && tls.RemoteCertificate is null)
                {
                    return;
                }

                stream = tls;
            }

            await using (stream)
            {
                await ServeAsync(stream, socket);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
        }
        catch (Exception e)
        {
            Fault = e;
            socket.Close();
        }
    }

    private async Task ServeAsync(Stream stream, Socket socket)
    {
        bool isAuthenticated = Sasl is null;
        ScramServer? scram = null;
        byte[] head = new byte[4];
        while (true)
        {
            await stream.ReadExactlyAsync(head, _stop.Token);
            byte[] request = new byte[BinaryPrimitives.ReadInt32BigEndian(head)];
            await stream.ReadExactlyAsync(request, _stop.Token);
            var reader = new Wire.Reader(request);
            int api = reader.I16();
            int version = reader.I16();
            int correlationId = reader.I32();
            reader.Str();
            Requests.Enqueue((api, version));
            if (api == 18 && version > Versions[18].Max && TakesClients)
            {
                await RefuseApiVersionsAsync(stream, correlationId);
                continue;
            }

            if (!Versions.TryGetValue(api, out (int Min, int Max) range) || version < range.Min || version > range.Max)
            {
                throw new InvalidDataException($"Version {version} of request {api} is not {range}.");
            }

            if (!isAuthenticated && api is not (18 or 17 or 36))
            {
                return;
            }

            bool flexible = api switch { 1 => version >= 12, 2 => version >= 6, 3 => version >= 9, 36 => version >= 2, _ => false };
            reader.Flexible = flexible;
            reader.Tags();
            var answer = new Wire { Flexible = flexible };
            int fetch = 0;
            switch (api)
            {
                case 18:
                    answer.I16(0).I32(Versions.Count);
                    foreach ((int key, (int min, int max)) in Versions)
                    {
                        answer.I16(key).I16(min).I16(max);
                    }

                    break;
                case 17:
                    string mechanism = reader.Str()!;
                    bool known = mechanism == Sasl?.Mechanism;
                    answer.I16(known ? 0 : 33).I32(1).Str(Sasl?.Mechanism ?? "PLAIN");
                    scram = known && mechanism.StartsWith("SCRAM", StringComparison.Ordinal) ? new ScramServer(Sasl!.Value) : null;
                    break;
                case 36:
                    byte[] token = reader.Bytes();
                    reader.Tags();
                    (isAuthenticated, byte[]? reply) = Authenticate(token, scram);
                    answer.I16(reply is null ? 58 : 0).Str(reply is null ? "go away" : null).Bytes(reply ?? []);
                    if (version >= 1)
                    {
                        answer.I64(SessionMilliseconds);
                    }

                    answer.Tags();
                    break;
                case 3 when TakesClients:
                    ClientMetadata(reader, answer, version);
                    break;
                case 0 or 10 or 22:
                    AnswerClient(api, version, reader, answer);
                    break;
                case 3:
                    Metadata(reader, answer, version);
                    break;
                case 2:
                    ListOffsets(reader, answer, version);
                    break;
                case 1:
                    fetch = Interlocked.Increment(ref _fetches);
                    await FetchAsync(reader, answer, version, fetch);
                    break;
            }

            reader.End();
            var frame = new Wire { Flexible = flexible };
            frame.I32(correlationId).Tags().Raw(answer.ToArray());
            byte[] body = frame.ToArray();
            byte[] whole = new Wire().I32(body.Length).Raw(body).ToArray();
            await (api == 1 ? Send(fetch, whole, stream, socket) : SendOther(api, whole, stream, socket));
        }
    }

    private (bool IsDone, byte[]? Reply) Authenticate(byte[] token, ScramServer? scram)
    {
        if (scram is not null)
        {
            return scram.Step(token);
        }

        Tokens.Enqueue(Encoding.UTF8.GetString(token));
        if (Sasl!.Value.Mechanism == "OAUTHBEARER")
        {
            if (RefusesNextToken && token is not [1])
            {
                RefusesNextToken = false;
                return (false, "{\"status\":\"invalid_token\"}"u8.ToArray());
            }

            return token is [1] ? (false, null)
                : Encoding.UTF8.GetString(token) == $"n,,\u0001auth=Bearer {Sasl.Value.Password}\u0001logicalCluster=lkc-1\u0001\u0001" ? (true, [])
                : (false, "{\"status\":\"invalid_token\"}"u8.ToArray());
        }

        string expected = $"\0{Sasl!.Value.User}\0{Sasl.Value.Password}";
        return Encoding.UTF8.GetString(token) == expected ? (true, []) : (false, null);
    }

    private void Metadata(Wire.Reader reader, Wire answer, int version)
    {
        int count = reader.Len();
        for (int i = 0; i < count; i++)
        {
            if (version >= 10)
            {
                reader.Uuid();
            }

            if (reader.Str() != Topic)
            {
                throw new InvalidDataException("Another topic.");
            }

            reader.Tags();
        }

        if (reader.I8() != 0)
        {
            throw new InvalidDataException("A reader does not create topics.");
        }

        if (version is >= 8 and <= 10)
        {
            reader.I8();
        }

        if (version >= 8)
        {
            reader.I8();
        }

        reader.Tags();
        ScriptedBroker[] brokers = [.. Log.Keys.Select(p => Leader?.Invoke(p) ?? this).Append(this).Distinct()];
        answer.I32(0).Len(brokers.Length);
        foreach (ScriptedBroker broker in brokers)
        {
            answer.I32(broker.NodeId).Str("127.0.0.1").I32(broker.Port).Str(null).Tags();
        }

        answer.Str("cluster").I32(NodeId).Len(1).I16(TopicError).Str(Topic);
        if (version >= 10)
        {
            answer.Uuid(Id ?? Guid.Empty);
        }

        answer.I8(0).Len(TopicError == 0 ? Log.Count : 0);
        foreach (int partition in Log.Keys.Where(_ => TopicError == 0))
        {
            answer.I16(0).I32(partition).I32((Leader?.Invoke(partition) ?? this).NodeId);
            if (version >= 7)
            {
                answer.I32(LeaderEpoch);
            }

            answer.Len(1).I32(NodeId).Len(1).I32(NodeId);
            if (version >= 5)
            {
                answer.Len(0);
            }

            answer.Tags();
        }

        if (version >= 8)
        {
            answer.I32(int.MinValue);
        }

        answer.Tags();
        if (version is >= 8 and <= 10)
        {
            answer.I32(int.MinValue);
        }

        answer.Tags();
    }

    private void ListOffsets(Wire.Reader reader, Wire answer, int version)
    {
        if (reader.I32() != -1 || reader.I8() != 1 || reader.Len() != 1 || reader.Str() != Topic)
        {
            throw new InvalidDataException("Not a consumer's request for committed records of the topic.");
        }

        int count = reader.Len();
        answer.I32(0).Len(1).Str(Topic).Len(count);
        for (int i = 0; i < count; i++)
        {
            int partition = reader.I32();
            if (version >= 4)
            {
                reader.I32();
            }

            long timestamp = reader.I64();
            reader.Tags();
            long offset = timestamp switch { -2 => Start(partition), -1 => Math.Min(End(partition), LastStableOffset), _ => FirstAt(partition, timestamp) };
            answer.I32(partition).I16(ListOffsetsError).I64(-1).I64(offset);
            if (version >= 4)
            {
                answer.I32(LeaderEpoch);
            }

            answer.Tags();
        }

        reader.Tags();
        reader.Tags();
        answer.Tags().Tags();
    }

    private async Task FetchAsync(Wire.Reader reader, Wire answer, int version, int number)
    {
        if (version <= 14 && reader.I32() != -1)
        {
            throw new InvalidDataException("Not a consumer.");
        }

        int maxWait = reader.I32();
        reader.I32();
        int budget = reader.I32();
        if (reader.I8() != 1 || (version >= 7 && (reader.I32() != 0 || reader.I32() != -1)))
        {
            throw new InvalidDataException("Not a request for committed records without a session.");
        }

        bool isKnown = true;
        int topics = reader.Len();
        answer.I32(ThrottleMilliseconds);
        if (version >= 7)
        {
            answer.I16(0).I32(0);
        }

        answer.Len(topics);
        bool isEmpty = true;
        for (int t = 0; t < topics; t++)
        {
            if (version >= 13)
            {
                Guid id = reader.Uuid();
                isKnown = id == Id;
                answer.Uuid(id);
            }
            else
            {
                answer.Str(reader.Str());
            }

            int count = reader.Len();
            answer.Len(count);
            for (int i = 0; i < count; i++)
            {
                int partition = reader.I32();
                int epoch = version >= 9 ? reader.I32() : -1;
                long offset = reader.I64();
                int lastEpoch = version >= 12 ? reader.I32() : -1;
                if (version >= 5)
                {
                    reader.I64();
                }

                int maxBytes = reader.I32();
                reader.Tags();
                FetchedPartitions.Enqueue((partition, epoch, offset, lastEpoch, maxBytes));
                int error = FetchError(number, partition);
                error = error != 0 ? error
                    : !isKnown ? 100
                    : Leader is not null && Leader(partition) != this ? 6
                    : epoch > LeaderEpoch ? 75
                    : epoch >= 0 && epoch < LeaderEpoch ? 74
                    : offset < Start(partition) || offset > End(partition) ? 1 : 0;
                byte[] records = error == 0 && PreferredReplica < 0 && DivergedAt < 0 ? Records(partition, offset, maxBytes, ref budget) : [];
                isEmpty &= records.Length == 0 && error == 0;
                answer.I32(partition).I16(error).I64(error == 0 ? End(partition) : -1).I64(error == 0 ? Math.Min(End(partition), LastStableOffset) : -1);
                if (version >= 5)
                {
                    answer.I64(Start(partition));
                }

                List<(long ProducerId, long FirstOffset)> aborted = Aborted.GetValueOrDefault(partition) ?? [];
                answer.Len(aborted.Count);
                foreach ((long producer, long first) in aborted)
                {
                    answer.I64(producer).I64(first).Tags();
                }

                if (version >= 11)
                {
                    answer.I32(PreferredReplica);
                }

                answer.Bytes(records);
                if (answer.Flexible && DivergedAt >= 0)
                {
                    answer.Varint(2).Varint(0).Varint(13).I32(LeaderEpoch).I64(DivergedAt).I8(0).Varint(9).Varint(2).I16(7);
                }
                else
                {
                    answer.Tags();
                }
            }

            reader.Tags();
            answer.Tags();
        }

        if (version >= 7 && reader.Len() != 0)
        {
            throw new InvalidDataException("Forgotten topics without a session.");
        }

        if (version >= 11)
        {
            reader.Str();
        }

        reader.Tags();
        answer.Tags();
        if (isEmpty)
        {
            await Task.Delay(Math.Min(maxWait, 50), _stop.Token);
        }
    }

    /// <summary>Batches from the one that has the offset on, cut off at the limit as brokers do, but for the first one of the answer.</summary>
    private byte[] Records(int partition, long offset, int maxBytes, ref int budget)
    {
        using var bytes = new MemoryStream();
        int limit = Math.Min(maxBytes, budget);
        foreach (byte[] batch in Log[partition].Where(b => Last(b) >= offset && Base(b) < LastStableOffset))
        {
            if (bytes.Length >= limit && (bytes.Length > 0 || limit <= 0))
            {
                break;
            }

            bytes.Write(batch);
        }

        byte[] all = bytes.ToArray();
        int whole = all.Length == 0 ? 0 : 12 + BinaryPrimitives.ReadInt32BigEndian(all.AsSpan(8));
        all = all[..Math.Min(all.Length, Math.Max(limit, budget > 0 ? whole : 0))];
        budget -= all.Length;
        return all;
    }

    private long Start(int partition) => LogStart.TryGetValue(partition, out long start) ? start : 0;

    private long End(int partition) => Log[partition].Count == 0 ? Start(partition) : Last(Log[partition][^1]) + 1;

    private long FirstAt(int partition, long timestamp) =>
        Log[partition].Where(b => BinaryPrimitives.ReadInt64BigEndian(b.AsSpan(35)) >= timestamp).Select(Base).DefaultIfEmpty(-1).First();

    private static long Base(byte[] batch) => BinaryPrimitives.ReadInt64BigEndian(batch);

    private static long Last(byte[] batch) => Base(batch) + (batch[16] < 2 ? 0 : BinaryPrimitives.ReadInt32BigEndian(batch.AsSpan(23)));

    /// <summary>The server's side of SCRAM by the text of RFC 5802.</summary>
    private sealed class ScramServer((string Mechanism, string User, string Password) user)
    {
        private const int Iterations = 4096;
        private static readonly byte[] Salt = [1, 2, 3, 4, 5, 6, 7, 8];
        private readonly HashAlgorithmName _hash = user.Mechanism == "SCRAM-SHA-256" ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512;
        private string? _clientFirst;
        private string _serverFirst = "";

        public (bool IsDone, byte[]? Reply) Step(byte[] token)
        {
            string text = Encoding.UTF8.GetString(token);
            if (_clientFirst is null)
            {
                _clientFirst = text["n,,".Length..];
                if (!_clientFirst.StartsWith($"n={user.User},r=", StringComparison.Ordinal))
                {
                    return (false, null);
                }

                _serverFirst = $"r={_clientFirst.Split(",r=")[1]}server,s={Convert.ToBase64String(Salt)},i={Iterations}";
                return (false, Encoding.UTF8.GetBytes(_serverFirst));
            }

            string withoutProof = text[..text.LastIndexOf(",p=", StringComparison.Ordinal)];
            byte[] proof = Convert.FromBase64String(text[(withoutProof.Length + 3)..]);
            byte[] salted = Rfc2898DeriveBytes.Pbkdf2(user.Password, Salt, Iterations, _hash, proof.Length);
            byte[] auth = Encoding.UTF8.GetBytes($"{_clientFirst},{_serverFirst},{withoutProof}");
            byte[] clientKey = CryptographicOperations.HmacData(_hash, salted, "Client Key"u8.ToArray());
            byte[] signature = CryptographicOperations.HmacData(_hash, CryptographicOperations.HashData(_hash, clientKey), auth);
            byte[] expected = [.. clientKey.Zip(signature, (a, b) => (byte)(a ^ b))];
            if (!expected.AsSpan().SequenceEqual(proof))
            {
                return (false, null);
            }

            byte[] serverKey = CryptographicOperations.HmacData(_hash, salted, "Server Key"u8.ToArray());
            return (true, Encoding.UTF8.GetBytes($"v={Convert.ToBase64String(CryptographicOperations.HmacData(_hash, serverKey, auth))}"));
        }
    }
}
