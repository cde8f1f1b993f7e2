using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>
/// The position of a message in its schema, which follows the schema's id in Confluent's framing: the number of steps and then the steps, as zig-zag varints;
/// a single 0 represents the first message.
/// </summary>
internal static class MessageIndex
{
    private const int MaxSteps = 64;

    /// <summary>Reads an index.</summary>
    /// <param name="framing">The bytes that start with it.</param>
    /// <param name="steps">A buffer for the steps.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <returns>The steps.</returns>
    /// <exception cref="MalformedValueException">The bytes are not a valid index.</exception>
    public static ReadOnlySpan<int> Read(ReadOnlySpan<byte> framing, Span<int> steps, out int length)
    {
        var reader = new ProtobufReader(framing, 0, framing.Length);
        long count = Next(ref reader);
        if (count is < 0 or > MaxSteps)
        {
            throw new MalformedValueException($"the message's index has {count} steps");
        }

        steps[0] = 0;
        for (int i = 0; i < count; i++)
        {
            long step = Next(ref reader);
            steps[i] = step == (int)step ? (int)step : throw new MalformedValueException($"the message's index has a step {step}");
        }

        length = reader.Position;
        return steps[..(int)Math.Max(count, 1)];
    }

    /// <summary>Returns the encoded index.</summary>
    public static byte[] Bytes(ReadOnlySpan<int> steps)
    {
        var buffer = new ValueBuffer();
        if (steps is [0])
        {
            buffer.WriteLong(0);
            return buffer.Written.ToArray();
        }

        buffer.WriteLong(steps.Length);
        foreach (int step in steps)
        {
            buffer.WriteLong(step);
        }

        return buffer.Written.ToArray();
    }

    /// <summary>The buffer length that any index fits into.</summary>
    public static int Room => MaxSteps;

    private static long Next(ref ProtobufReader reader) => ByteReader.ZigZag(reader.ReadVarint());
}
