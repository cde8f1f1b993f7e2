using System.Runtime.CompilerServices;
using KafkaDatasets;
using Microsoft.ML;

// ML.NET finds what it loads from a model file by an attribute that it keeps internal, as it keeps what reads and writes the file: there is no public way for
// a loader of another assembly. The project compiles against a copy of Microsoft.ML.Core with these few types public (OpenInternals.targets), and the runtime is told here.
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]
[assembly: LoadableClass(typeof(KafkaDataLoader), null, typeof(SignatureLoadModel), "Kafka loader", "KafkaDataLoader")]
