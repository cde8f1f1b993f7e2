using System.Buffers.Binary;
using x10x_storage_machine_learning;

namespace KafkaDatasets.Benchmarks.Topics;

/// <summary>The records of a topic: Avro in Confluent's framing, a float label first and a float feature second.</summary>
internal abstract class RecordShape
{
    /// <summary>Magic byte and schema id.</summary>
    public const int FrameBytes = 5;

    /// <summary>Where in a framed record the first feature is.</summary>
    public const int FirstFeature = FrameBytes + sizeof(float);

    private RecordShape(string name, string schema, int bytes)
    {
        Name = name;
        Schema = schema;
        Bytes = bytes;
    }

    /// <summary>19 floats: 81 bytes.</summary>
    public static RecordShape Susy { get; } = new SusyShape();

    /// <summary>Two floats and three Booleans: 16 bytes.</summary>
    public static RecordShape Tiny { get; } = new TinyShape();

    /// <summary>Two floats, and bytes that no column shows: 100,000 bytes.</summary>
    public static RecordShape Large { get; } = new LargeShape();

    public string Name { get; }

    public string Schema { get; }

    /// <summary>The size of a framed record.</summary>
    public int Bytes { get; }

    /// <summary>Makes a record's first value; what <see cref="Fill"/> leaves alone stays as it is here.</summary>
    public virtual byte[] Create() => new byte[Bytes];

    /// <summary>Writes the next row of a partition behind the frame.</summary>
    /// <param name="body">The record without its frame.</param>
    /// <param name="random">The partition's values.</param>
    public abstract void Fill(Span<byte> body, ref RowRandom random);

    /// <summary>What the first feature of the first rows of every partition adds up to, made again and not read.</summary>
    public double SumOfFirstFeature(PartitionRows rows)
    {
        byte[] record = Create();
        double sum = 0;
        for (int partition = 0; partition < rows.Partitions; partition++)
        {
            var random = new RowRandom(partition);
            for (long row = 0; row < rows.Of(partition); row++)
            {
                Fill(record.AsSpan(FrameBytes), ref random);
                sum += BinaryPrimitives.ReadSingleLittleEndian(record.AsSpan(FirstFeature));
            }
        }

        return sum;
    }

    /// <summary>The label, 0 or 1, and a feature that it moves.</summary>
    private static float FillHead(Span<byte> body, ref RowRandom random)
    {
        float label = random.Next() & 1;
        BinaryPrimitives.WriteSingleLittleEndian(body, label);
        BinaryPrimitives.WriteSingleLittleEndian(body[4..], random.NextSingle() + (0.1f * label));
        return label;
    }

    private sealed class SusyShape() : RecordShape("susy", SUSYRecord._SCHEMA.ToString(), FrameBytes + (4 * Fields))
    {
        private const int Fields = 19;

        public override void Fill(Span<byte> body, ref RowRandom random)
        {
            float label = FillHead(body, ref random);
            for (int field = 2; field < Fields; field++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(body[(4 * field)..], random.NextSingle() + (0.1f * label));
            }
        }
    }

    private sealed class TinyShape() : RecordShape(
        "tiny",
        """
        {"type":"record","name":"Tiny","fields":[{"name":"signal","type":"float"},{"name":"x","type":"float"},
        {"name":"a","type":"boolean"},{"name":"b","type":"boolean"},{"name":"c","type":"boolean"}]}
        """,
        16)
    {
        public override void Fill(Span<byte> body, ref RowRandom random)
        {
            FillHead(body, ref random);
            ulong bits = random.Next();
            for (int field = 0; field < 3; field++)
            {
                body[8 + field] = (byte)((bits >> field) & 1);
            }
        }
    }

    private sealed class LargeShape() : RecordShape(
        "large",
        """{"type":"record","name":"Large","fields":[{"name":"signal","type":"float"},{"name":"x","type":"float"},{"name":"payload","type":"bytes"}]}""",
        100_000)
    {
        private const int PayloadStart = FrameBytes + 8;
        private const int LengthBytes = 3;

        public override byte[] Create()
        {
            byte[] record = base.Create();
            uint zigZag = (uint)(Bytes - PayloadStart - LengthBytes) << 1;
            for (int i = 0; i < LengthBytes; i++)
            {
                record[PayloadStart + i] = (byte)((zigZag & 0x7F) | (i < LengthBytes - 1 ? 0x80u : 0));
                zigZag >>= 7;
            }

            var random = new RowRandom(-1);
            for (int i = PayloadStart + LengthBytes; i < Bytes; i++)
            {
                record[i] = (byte)random.Next();
            }

            return record;
        }

        public override void Fill(Span<byte> body, ref RowRandom random) => FillHead(body, ref random);
    }
}
