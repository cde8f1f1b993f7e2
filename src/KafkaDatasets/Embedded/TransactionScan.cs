using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace KafkaDatasets.Embedded;

/// <summary>Finds transactional records in a partition of the embedded Kafka.</summary>
/// <remarks>
/// Its brokers keep no commit and abort markers, and clients do not show which records belong to a transaction:
/// the only evidence is the attributes of the record batches in a version 4 Fetch response.
/// </remarks>
internal sealed class TransactionScan : IDisposable
{
    private const int MaxBytes = 1 << 20;
    private const int HeadLength = 61;
    private const int AttributesAt = 21;
    private const int LastOffsetDeltaAt = 23;
    private const int IsTransactional = 0x10;

    private readonly TcpClient _client = new() { NoDelay = true };

    public void Dispose() => _client.Dispose();

    public Task ConnectAsync(string host, int port, CancellationToken cancellationToken) => _client.ConnectAsync(host, port, cancellationToken).AsTask();

    /// <summary>The offset of the first transactional batch; null when there is none.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="range">The partition and its offsets.</param>
    /// <param name="cancellationToken">Cancels the scan.</param>
    public async Task<long?> FindAsync(string topic, PartitionRange range, CancellationToken cancellationToken)
    {
        long position = range.Start;
        while (position < range.End)
        {
            byte[] records = await FetchAsync(topic, range.Partition, position, cancellationToken).ConfigureAwait(false);
            long next = position;
            for (int at = 0; at + HeadLength <= records.Length;)
            {
                ReadOnlySpan<byte> batch = records.AsSpan(at);
                long first = BinaryPrimitives.ReadInt64BigEndian(batch);
                long last = first + BinaryPrimitives.ReadInt32BigEndian(batch[LastOffsetDeltaAt..]);
                if ((BinaryPrimitives.ReadInt16BigEndian(batch[AttributesAt..]) & IsTransactional) != 0 && last >= range.Start && first < range.End)
                {
                    return first;
                }

                next = last + 1;
                at += 12 + BinaryPrimitives.ReadInt32BigEndian(batch[8..]);
            }

            if (next <= position)
            {
                return null; // no such data: reading will report why
            }

            position = next;
        }

        return null;
    }

    private async Task<byte[]> FetchAsync(string topic, int partition, long offset, CancellationToken cancellationToken)
    {
        NetworkStream stream = _client.GetStream();
        await stream.WriteAsync(Request(topic, partition, offset), cancellationToken).ConfigureAwait(false);
        byte[] size = new byte[sizeof(int)];
        await stream.ReadExactlyAsync(size, cancellationToken).ConfigureAwait(false);
        byte[] response = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
        await stream.ReadExactlyAsync(response, cancellationToken).ConfigureAwait(false);
        return Records(response);
    }

    private static byte[] Request(string topic, int partition, long offset)
    {
        using var body = new MemoryStream();
        Span<byte> number = stackalloc byte[sizeof(long)];
        Int16(body, 1); // Fetch
        Int16(body, 4);
        Int32(body, 0); // correlation id
        Int16(body, -1); // no client id
        Int32(body, -1); // no replica
        Int32(body, 0); // maximum wait: none
        Int32(body, 0);
        Int32(body, MaxBytes);
        body.WriteByte(0); // read uncommitted
        Int32(body, 1);
        Int16(body, (short)topic.Length);
        body.Write(Encoding.ASCII.GetBytes(topic));
        Int32(body, 1);
        Int32(body, partition);
        BinaryPrimitives.WriteInt64BigEndian(number, offset);
        body.Write(number);
        Int32(body, MaxBytes);

        byte[] request = new byte[sizeof(int) + (int)body.Length];
        BinaryPrimitives.WriteInt32BigEndian(request, (int)body.Length);
        body.ToArray().CopyTo(request, sizeof(int));
        return request;
    }

    /// <summary>The record batches of a response for one partition; empty when the response is an error.</summary>
    private static byte[] Records(ReadOnlySpan<byte> response)
    {
        int at = 4 + 4 + 4; // correlation id, throttling, one topic
        at += 2 + BinaryPrimitives.ReadInt16BigEndian(response[at..]);
        at += 4 + 4; // one partition, then its number
        short error = BinaryPrimitives.ReadInt16BigEndian(response[at..]);
        at += 2 + 8 + 8; // error, high watermark, last stable offset
        int aborted = BinaryPrimitives.ReadInt32BigEndian(response[at..]);
        at += 4 + (Math.Max(aborted, 0) * 16);
        int length = BinaryPrimitives.ReadInt32BigEndian(response[at..]);
        return error != 0 || length <= 0 ? [] : response.Slice(at + 4, length).ToArray();
    }

    private static void Int16(Stream to, short value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(short)];
        BinaryPrimitives.WriteInt16BigEndian(bytes, value);
        to.Write(bytes);
    }

    private static void Int32(Stream to, int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        to.Write(bytes);
    }
}
