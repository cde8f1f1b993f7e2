using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KafkaDatasets.Benchmarks.Measuring;

namespace KafkaDatasets.Benchmarks.Contenders;

/// <summary>
/// The yardstick: Fetch requests written by hand, answers received into one small buffer that stays in the cache, and
/// nothing looked at but what says where to go on. The partitions are fetched in two halves by turns, so that the broker
/// always has a request waiting. One broker must lead them all. With TLS it is .NET's <see cref="SslStream"/> on the socket, and SASL PLAIN.
/// </summary>
internal sealed class SocketReader : IContender
{
    private const short Fetch = 1;
    private const short Version = 11;
    private const int PartitionMaxBytes = 16 << 20;
    private readonly ContenderTask _task;
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[256 << 10];
    private readonly long[] _positions;
    private int _start;
    private int _end;

    public SocketReader(ContenderTask task)
    {
        _task = task;
        _positions = new long[task.Partitions];
        string[] address = task.BootstrapServers.Split(',')[0].Split(':');
        _socket.Connect(address[0], int.Parse(address[1]));
        _stream = new NetworkStream(_socket);
        if (task.ClientConfig.TryGetValue("ssl.ca.location", out string? authority))
        {
            _stream = OpenTls(_stream, address[0], authority);
            Authenticate(task.ClientConfig["sasl.username"], task.ClientConfig["sasl.password"]);
        }
    }

    public Task RunAsync(Pass pass, CancellationToken cancellationToken)
    {
        Array.Clear(_positions);
        int[] all = [.. Enumerable.Range(0, _task.Partitions)];
        var inFlight = new Queue<int[]>();
        foreach (int[] half in new[] { all[..((all.Length + 1) / 2)], all[((all.Length + 1) / 2)..] })
        {
            Request(half, inFlight);
        }

        while (inFlight.TryDequeue(out int[]? partitions))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Receive(pass);
            Request(partitions, inFlight);
        }

        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _stream.Dispose();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static SslStream OpenTls(Stream stream, string host, string authority)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(authority);
        var tls = new SslStream(stream);
        tls.AuthenticateAsClient(new SslClientAuthenticationOptions { TargetHost = host, CertificateChainPolicy = trust });
        return tls;
    }

    /// <summary>SaslHandshake v1 and SaslAuthenticate v0, with PLAIN.</summary>
    private void Authenticate(string user, string password)
    {
        Exchange(17, 1, [0, 5, .. "PLAIN"u8]);
        byte[] token = Encoding.UTF8.GetBytes($"\0{user}\0{password}");
        Exchange(36, 0, [0, 0, (byte)(token.Length >> 8), (byte)token.Length, .. token]);

        void Exchange(byte key, byte version, byte[] body)
        {
            byte[] request = [0, key, 0, version, 0, 0, 0, 0, 255, 255, .. body]; // correlation id, no client id
            _stream.Write([0, 0, (byte)(request.Length >> 8), (byte)request.Length, .. request]);
            int length = ReadInt32();
            Skip(4); // correlation id
            ThrowIfError(ReadInt16());
            Skip(length - 6);
        }
    }

    /// <summary>Asks for what is left of some partitions.</summary>
    private void Request(int[] partitions, Queue<int[]> inFlight)
    {
        int[] open = [.. partitions.Where(p => _positions[p] < _task.RowsByPartition.Of(p))];
        if (open.Length == 0)
        {
            return;
        }

        using var request = new MemoryStream();
        WriteInt32(0); // the size, below
        WriteInt16(Fetch);
        WriteInt16(Version);
        WriteInt32(0); // correlation id: answers come in the order of requests
        WriteString("benchmark");
        WriteInt32(-1); // replica
        WriteInt32(500); // wait, ms
        WriteInt32(1); // min bytes
        WriteInt32(open.Length * PartitionMaxBytes);
        request.WriteByte(0); // isolation level
        WriteInt32(0); // session
        WriteInt32(-1); // no session
        WriteInt32(1);
        WriteString(_task.Topic);
        WriteInt32(open.Length);
        foreach (int partition in open)
        {
            WriteInt32(partition);
            WriteInt32(-1); // leader epoch
            WriteInt64(_positions[partition]);
            WriteInt64(-1); // log start
            WriteInt32(PartitionMaxBytes);
        }

        WriteInt32(0); // forgotten topics
        WriteString(""); // rack
        byte[] bytes = request.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(bytes, bytes.Length - 4);
        _stream.Write(bytes);
        inFlight.Enqueue(partitions);

        void WriteInt16(short value)
        {
            Span<byte> b = stackalloc byte[2];
            BinaryPrimitives.WriteInt16BigEndian(b, value);
            request.Write(b);
        }

        void WriteInt32(int value)
        {
            Span<byte> b = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(b, value);
            request.Write(b);
        }

        void WriteInt64(long value)
        {
            Span<byte> b = stackalloc byte[8];
            BinaryPrimitives.WriteInt64BigEndian(b, value);
            request.Write(b);
        }

        void WriteString(string value)
        {
            WriteInt16((short)value.Length);
            request.Write(Encoding.UTF8.GetBytes(value));
        }
    }

    private void Receive(Pass pass)
    {
        Skip(4 + 4 + 4); // size, correlation id, throttle time
        ThrowIfError(ReadInt16());
        Skip(4); // session
        for (int topics = ReadInt32(); topics > 0; topics--)
        {
            Skip(ReadInt16());
            for (int partitions = ReadInt32(); partitions > 0; partitions--)
            {
                int partition = ReadInt32();
                ThrowIfError(ReadInt16());
                Skip(8 + 8 + 8); // high watermark, last stable offset, log start
                Skip(16L * Math.Max(0, ReadInt32())); // aborted transactions
                Skip(4); // preferred replica
                ReceiveBatches(partition, Math.Max(0, ReadInt32()), pass);
            }
        }
    }

    private void ReceiveBatches(int partition, long bytes, Pass pass)
    {
        const int HeadBytes = 27;
        long before = _positions[partition];
        while (bytes >= HeadBytes)
        {
            ReadOnlySpan<byte> head = Next(HeadBytes);
            long baseOffset = BinaryPrimitives.ReadInt64BigEndian(head);
            long length = 12L + BinaryPrimitives.ReadInt32BigEndian(head[8..]);
            int lastOffsetDelta = BinaryPrimitives.ReadInt32BigEndian(head[23..]);
            if (length <= bytes)
            {
                _positions[partition] = baseOffset + lastOffsetDelta + 1;
            }

            Skip(Math.Min(length, bytes) - HeadBytes);
            bytes -= Math.Min(length, bytes);
        }

        Skip(bytes);
        long end = _task.RowsByPartition.Of(partition);
        pass.Add(Math.Min(end, _positions[partition]) - Math.Min(end, before));
    }

    private short ReadInt16() => BinaryPrimitives.ReadInt16BigEndian(Next(2));

    private int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Next(4));

    /// <summary>The next few bytes.</summary>
    private ReadOnlySpan<byte> Next(int count)
    {
        if (_end - _start < count)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            while (_end < count)
            {
                _end += ReceiveSome(_buffer.AsSpan(_end));
            }
        }

        _start += count;
        return _buffer.AsSpan(_start - count, count);
    }

    private void Skip(long count)
    {
        while (count > _end - _start)
        {
            count -= _end - _start;
            _start = 0;
            _end = ReceiveSome(_buffer);
        }

        _start += (int)count;
    }

    private int ReceiveSome(Span<byte> buffer)
    {
        int received = _stream.Read(buffer);
        return received > 0 ? received : throw new IOException("The broker closed the connection.");
    }

    private static void ThrowIfError(short code)
    {
        if (code != 0)
        {
            throw new IOException($"The broker answers with error {code}.");
        }
    }
}
