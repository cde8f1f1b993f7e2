using System.Runtime.CompilerServices;

namespace KafkaDatasets.Rows;

/// <summary>A value that is not what its schema says; the decoder adds where it is and throws a <see cref="RecordDecodingException"/>.</summary>
internal class MalformedValueException(string message, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) : Exception(message)
{
    /// <summary>Where in the code it was found: values with faults of one kind have the same.</summary>
    public string Place => $"{file}:{line}";
}
