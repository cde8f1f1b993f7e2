using Confluent.SchemaRegistry;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>Encodes messages of generated Protobuf classes, which have their own descriptor, with Google.Protobuf.</summary>
internal static class ProtobufMessages<T>
{
    /// <summary>Whether the type is a Google.Protobuf message.</summary>
    public static bool IsProtobufMessage { get; } = typeof(IMessage).IsAssignableFrom(typeof(T));

    /// <summary>Returns the descriptor of the messages.</summary>
    /// <exception cref="SchemaException">The options request another format, the type has no descriptor, or its file has imports that cannot be registered.</exception>
    public static MessageDescriptor Descriptor(KafkaWriterOptions options)
    {
        if (options.Format != WriteFormat.Protobuf)
        {
            throw new SchemaException($"{typeof(T).Name} is a message of Google.Protobuf, which can be written as {nameof(WriteFormat)}.{nameof(WriteFormat.Protobuf)} only.");
        }

        MessageDescriptor message = GeneratedMessage.Descriptor(typeof(T))
            ?? throw new SchemaException($"{typeof(T).Name} has no descriptor: write messages of a generated class.");
        string[] imports = [.. message.File.Dependencies.Select(file => file.Name).Where(name => !ProtobufDocuments.IsWellKnown(name))];
        return options.IsRegistered && imports.Length > 0
            ? throw new SchemaException($"Message {message.FullName} imports {string.Join(", ", imports)}, which cannot be registered: put what it needs into its own file, or write with {nameof(SchemaFraming)}.{nameof(SchemaFraming.None)}.")
            : message;
    }

    /// <summary>Builds the encoder of values.</summary>
    public static PartEncoder<T> Value(MessageDescriptor message)
        => new(new WrittenSchema(message.FullName, SchemaType.Protobuf, message.File.SerializedData.ToBase64(), MessageIndex.Bytes(ProtobufDocuments.IndexOf(message))), Writer());

    /// <summary>Makes the key null when the message tracks the presence of the key's field and the field is not set.</summary>
    public static PartEncoder<T>? WithPresence(PartEncoder<T>? key, MessageDescriptor message, KafkaWriterOptions options)
        => key is null || message.FindFieldByName(options.Key!) is not { HasPresence: true } field ? key : key with
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

    private static Action<ValueBuffer, T> Writer()
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
