using Confluent.SchemaRegistry;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using KafkaDatasets.Shapes;
using KafkaDatasets.Writing;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>Messages of Google.Protobuf, those of generated classes: they have descriptors of their own, and Google.Protobuf writes them.</summary>
internal static class ProtobufMessages<T>
{
    public static bool Are { get; } = typeof(IMessage).IsAssignableFrom(typeof(T));

    /// <exception cref="SchemaException">The type does not say its descriptor, or imports what the registry would need references to, or the format is another.</exception>
    public static RecordEncoder<T> Encoder(KafkaWriterOptions options)
    {
        if (options.Format != WriteFormat.Protobuf)
        {
            throw new SchemaException($"{typeof(T).Name} is a message of Google.Protobuf, which can be written as {nameof(WriteFormat)}.{nameof(WriteFormat.Protobuf)} only.");
        }

        MessageDescriptor message = GeneratedMessage.Descriptor(typeof(T))
            ?? throw new SchemaException($"{typeof(T).Name} does not say its descriptor: write messages of a generated class.");
        string[] imports = [.. message.File.Dependencies.Select(file => file.Name).Where(name => !ProtobufDocuments.IsWellKnown(name))];
        if (options.IsRegistered && imports.Length > 0)
        {
            throw new SchemaException($"Message {message.FullName} imports {string.Join(", ", imports)}, which cannot be registered: put what it needs into its own file, or write with {nameof(SchemaFraming)}.{nameof(SchemaFraming.None)}.");
        }

        return new RecordEncoder<T>(new PartEncoder<T>(new WrittenSchema(message.FullName, SchemaType.Protobuf, message.File.SerializedData.ToBase64(), MessageIndex.Encode(ProtobufDocuments.IndexOf(message))), Value()), Key(message, options));
    }

    /// <summary>A field that is not set is no key, where the message tells that from one which has its default.</summary>
    private static PartEncoder<T>? Key(MessageDescriptor message, KafkaWriterOptions options)
    {
        PartEncoder<T>? key = PartEncoder<T>.KeyOf(options, message.Name, message.File.Package);
        return key is null || message.FindFieldByName(options.Key!) is not { HasPresence: true } field ? key : key with
        {
            Write = (buffer, row) =>
            {
                if (field.Accessor.HasValue((IMessage)row!))
                {
                    key.Write(buffer, row);
                }
                else
                {
                    buffer.WriteNull();
                }
            },
        };
    }

    private static Action<ValueBuffer, T> Value()
    {
        byte[] bytes = [];
        return (buffer, row) =>
        {
            var message = (IMessage)row!;
            int length = message.CalculateSize();
            if (bytes.Length < length)
            {
                bytes = new byte[length];
            }

            message.WriteTo(bytes.AsSpan(0, length));
            buffer.WriteRaw(bytes.AsSpan(0, length));
        };
    }
}
