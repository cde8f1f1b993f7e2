using System.Buffers.Binary;

namespace KafkaDatasets.Tests.Fetching.Direct;

/// <summary>What librdkafka's clients ask besides: they write too.</summary>
internal sealed partial class ScriptedBroker
{
    private const int Snappy = 2;
    private readonly Lock _producing = new();

    /// <summary>The versions of Azure Event Hubs.</summary>
    public static Dictionary<int, (int Min, int Max)> EventHubs => new() { [0] = (3, 7), [1] = (4, 6), [2] = (1, 5), [3] = (0, 5), [10] = (0, 2), [17] = (0, 1), [18] = (0, 2), [22] = (0, 1), [36] = (0, 1) };

    /// <summary>Whether librdkafka's clients may ask.</summary>
    public bool TakesClients { get; init; }

    /// <summary>Whether batches compressed by snappy are refused, as Azure Event Hubs does.</summary>
    public bool RefusesSnappy { get; init; }

    private static async Task RefuseApiVersionsAsync(Stream stream, int correlationId)
    {
        byte[] body = new Wire().I32(correlationId).I16(35).I32(1).I16(18).I16(0).I16(2).ToArray();
        await stream.WriteAsync(new Wire().I32(body.Length).Raw(body).ToArray());
    }

    /// <summary>Metadata up to version 5, of the topic, of all topics, or of none.</summary>
    private void ClientMetadata(Wire.Reader reader, Wire answer, int version)
    {
        int count = reader.I32();
        string?[] asked = [.. Enumerable.Range(0, Math.Max(0, count)).Select(_ => reader.Str())];
        if (version >= 4)
        {
            reader.I8();
        }

        if (version >= 3)
        {
            answer.I32(0);
        }

        answer.I32(1).I32(NodeId).Str("127.0.0.1").I32(Port).Str(null);
        if (version >= 2)
        {
            answer.Str("cluster");
        }

        string?[] topics = count < 0 ? [Topic] : asked;
        answer.I32(NodeId).I32(topics.Length);
        foreach (string? topic in topics)
        {
            answer.I16(topic == Topic ? 0 : 3).Str(topic).I8(0).I32(topic == Topic ? Log.Count : 0);
            foreach (int partition in Log.Keys.Where(_ => topic == Topic))
            {
                answer.I16(0).I32(partition).I32(NodeId).I32(1).I32(NodeId).I32(1).I32(NodeId);
                if (version >= 5)
                {
                    answer.I32(0);
                }
            }
        }
    }

    private void AnswerClient(int api, int version, Wire.Reader reader, Wire answer)
    {
        switch (api)
        {
            case 0:
                Produce(reader, answer, version);
                break;
            case 10: // no coordinator: nobody joins a group
                reader.Str();
                if (version >= 1)
                {
                    reader.I8();
                    answer.I32(0);
                }

                answer.I16(15);
                if (version >= 1)
                {
                    answer.Str(null);
                }

                answer.I32(-1).Str("").I32(-1);
                break;
            case 22:
                reader.Str();
                reader.I32();
                answer.I32(0).I16(0).I64(4711).I16(0);
                break;
        }
    }

    private void Produce(Wire.Reader reader, Wire answer, int version)
    {
        reader.Str();
        reader.I16();
        reader.I32();
        int topics = reader.I32();
        answer.I32(topics);
        for (int t = 0; t < topics; t++)
        {
            answer.Str(reader.Str());
            int partitions = reader.I32();
            answer.I32(partitions);
            for (int p = 0; p < partitions; p++)
            {
                int partition = reader.I32();
                byte[] batch = reader.Bytes();
                (int error, long offset) = Append(partition, batch);
                answer.I32(partition).I16(error).I64(offset).I64(-1);
                if (version >= 5)
                {
                    answer.I64(0);
                }
            }
        }

        answer.I32(0);
    }

    private (int Error, long Offset) Append(int partition, byte[] batch)
    {
        if (RefusesSnappy && (batch[22] & 7) == Snappy)
        {
            return (43, -1);
        }

        lock (_producing)
        {
            long offset = End(partition);
            BinaryPrimitives.WriteInt64BigEndian(batch, offset);
            Log[partition] = [.. Log[partition], batch];
            return (0, offset);
        }
    }
}
