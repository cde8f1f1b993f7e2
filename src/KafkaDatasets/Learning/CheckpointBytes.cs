using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace KafkaDatasets.Learning;

/// <summary>A checkpoint as bytes: a header in JSON that people can read, the states of the learner and of the metrics, and a SHA-256 of it all.</summary>
internal static class CheckpointBytes
{
    private const uint Magic = 0x31504B4B; // "KKP1"

    public static byte[] Write(LearningCheckpoint checkpoint)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Magic);
        var header = new CheckpointHeader
        {
            Number = checkpoint.Number,
            CreatedAt = checkpoint.CreatedAt,
            Topic = checkpoint.Topic,
            TopicId = checkpoint.TopicId,
            GroupId = checkpoint.GroupId,
            Rows = checkpoint.Rows,
            Positions = new SortedDictionary<int, long>(checkpoint.Positions.ToDictionary()),
            Learner = checkpoint.Learner,
            Settings = checkpoint.Settings,
            Features = checkpoint.Features,
            Label = checkpoint.Label,
            Split = checkpoint.Split,
            Schema = checkpoint.Schema,
            SchemaSource = checkpoint.SchemaSource,
            WriterSchemas = [.. checkpoint.WriterSchemas.Select(SavedSchemaId.Of)],
            ColumnTypes = checkpoint.ColumnTypes,
            IsBinary = checkpoint.Task == OnlineTask.BinaryClassification,
            IsCalibrated = checkpoint.IsCalibrated,
            Detector = checkpoint.Detector,
        };
        WriteBytes(writer, JsonSerializer.SerializeToUtf8Bytes(header, CheckpointJson.Default.CheckpointHeader));
        WriteBytes(writer, checkpoint.MetricsState);
        WriteBytes(writer, checkpoint.LearnerState);
        writer.Flush();
        writer.Write(SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        writer.Flush();
        return stream.ToArray();
    }

    /// <exception cref="FormatException">The bytes are no checkpoint, or are damaged.</exception>
    public static LearningCheckpoint Read(byte[] bytes, string location)
    {
        int end = bytes.Length - SHA256.HashSizeInBytes;
        if (end < sizeof(uint) || !SHA256.HashData(bytes.AsSpan(0, end)).AsSpan().SequenceEqual(bytes.AsSpan(end)))
        {
            throw new FormatException($"{location} is incomplete, or its bytes have changed: its checksum differs.");
        }

        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes, 0, end, writable: false), Encoding.UTF8);
            if (reader.ReadUInt32() != Magic)
            {
                throw new FormatException($"{location} is no checkpoint, or one of another version of the library.");
            }

            CheckpointHeader header = JsonSerializer.Deserialize(ReadBytes(reader), CheckpointJson.Default.CheckpointHeader) ?? throw new FormatException($"{location} has no header.");
            byte[] metrics = ReadBytes(reader);
            byte[] learner = ReadBytes(reader);
            OnlineTask task = header.IsBinary ? OnlineTask.BinaryClassification : OnlineTask.Regression;
            var prequential = new Prequential(task, header.IsCalibrated);
            prequential.Load(new BinaryReader(new MemoryStream(metrics)));
            return new LearningCheckpoint
            {
                Number = header.Number,
                CreatedAt = header.CreatedAt,
                Topic = header.Topic,
                TopicId = header.TopicId,
                GroupId = header.GroupId,
                Rows = header.Rows,
                Positions = header.Positions,
                Learner = header.Learner,
                Settings = header.Settings,
                Features = header.Features,
                Task = task,
                IsCalibrated = header.IsCalibrated,
                Label = header.Label,
                Split = header.Split,
                Schema = header.Schema,
                SchemaSource = header.SchemaSource ?? "",
                WriterSchemas = [.. (header.WriterSchemas ?? []).Select(id => id.Read())],
                ColumnTypes = header.ColumnTypes,
                Metrics = prequential.Metrics,
                Detector = header.Detector,
                LearnerState = learner,
                MetricsState = metrics,
                Location = location,
            };
        }
        catch (Exception e) when (e is EndOfStreamException or JsonException)
        {
            throw new FormatException($"{location} is no checkpoint: {e.Message}", e);
        }
    }

    private static void WriteBytes(BinaryWriter writer, byte[] bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private static byte[] ReadBytes(BinaryReader reader)
    {
        int length = reader.ReadInt32();
        byte[] bytes = length < 0 ? [] : reader.ReadBytes(length);
        return bytes.Length == length ? bytes : throw new EndOfStreamException("It is not complete.");
    }
}
