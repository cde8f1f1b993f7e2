using System.Collections;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace KafkaDatasets.Tests.Formats.Deep;

/// <summary>Random messages of a generated class, and what they hold by Google's own reflection.</summary>
internal static class DeepProtobuf
{
    private const int MaxMessages = 60;

    public static void Fill(IMessage message, Random random)
    {
        int messages = 0;
        Fill(message, random, ref messages);
    }

    private static void Fill(IMessage message, Random random, ref int messages)
    {
        FieldDescriptor[] fields = [.. message.Descriptor.Fields.InFieldNumberOrder().Where(f => f.IsRequired || random.Next(3) > 0)];
        random.Shuffle(fields);
        foreach (FieldDescriptor field in fields)
        {
            if (field.IsMap)
            {
                var map = (IDictionary)field.Accessor.GetValue(message);
                foreach (string key in new[] { "j", "k", "l" }.Where(_ => random.Next(2) == 0))
                {
                    if (messages < MaxMessages)
                    {
                        map[key] = Value(field.MessageType.FindFieldByNumber(2), random, ref messages);
                    }
                }
            }
            else if (field.IsRepeated)
            {
                var list = (IList)field.Accessor.GetValue(message);
                for (int i = random.Next(3); i > 0 && messages < MaxMessages; i--)
                {
                    list.Add(Value(field, random, ref messages));
                }
            }
            else if (messages < MaxMessages || !IsMessage(field))
            {
                field.Accessor.SetValue(message, Value(field, random, ref messages));
            }
        }
    }

    /// <summary>A message as JSON, bytes as lists of numbers; what is not there and has presence, is left out.</summary>
    public static JsonObject Node(IMessage message) => new(message.Descriptor.Fields.InFieldNumberOrder()
        .Where(f => f.IsRepeated || !f.HasPresence || (f.FieldType == FieldType.Message ? f.Accessor.GetValue(message) is not null : f.Accessor.HasValue(message)))
        .Select(f => KeyValuePair.Create(f.Name, Node(f.Accessor.GetValue(message)))));

    private static JsonNode? Node(object? value) => value switch
    {
        null => null,
        string text => text,
        IMessage message => Node(message),
        IDictionary map => new JsonObject(map.Keys.Cast<string>().Select(k => KeyValuePair.Create(k, Node(map[k])))),
        ByteString bytes => new JsonArray([.. bytes.Select(b => JsonValue.Create((int)b))]),
        IEnumerable items => new JsonArray([.. items.Cast<object?>().Select(Node)]),
        _ => JsonValue.Create(Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture)),
    };

    private static bool IsMessage(FieldDescriptor field) => field.FieldType is FieldType.Message or FieldType.Group;

    private static object Value(FieldDescriptor field, Random random, ref int messages)
    {
        switch (field.FieldType)
        {
            case FieldType.Message or FieldType.Group when field.MessageType.File.Name == "google/protobuf/wrappers.proto":
                return field.MessageType.Name == "Int32Value" ? (object)random.Next() : random.NextDouble();
            case FieldType.Message or FieldType.Group:
                IMessage message = (IMessage)Activator.CreateInstance(field.MessageType.ClrType)!;
                messages++;
                Fill(message, random, ref messages);
                return message;
            case FieldType.String:
                return new string('x', random.Next(3));
            case FieldType.Bytes:
                byte[] bytes = new byte[random.Next(3)];
                random.NextBytes(bytes);
                return ByteString.CopyFrom(bytes);
            case FieldType.Int32 or FieldType.SInt32:
                return random.Next(-100, 100);
            case FieldType.UInt32:
                return (uint)random.Next();
            case FieldType.Int64:
                return (long)random.Next();
            case FieldType.Bool:
                return random.Next(2) == 0;
            case FieldType.Float:
                return random.NextSingle();
            default:
                return random.NextDouble();
        }
    }
}
