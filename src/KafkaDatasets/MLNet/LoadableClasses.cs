using System.Runtime.CompilerServices;
using KafkaDatasets;
using Microsoft.ML;

// ML.NET finds the classes that it loads from a model file by an internal attribute, and the types that read and write the file are internal too: there is no public API for
// a loader in another assembly. The project compiles against a copy of Microsoft.ML.Core in which these few types are public (OpenInternals.targets); this attribute permits the access at run time.
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]
[assembly: LoadableClass(typeof(KafkaDataLoader), null, typeof(SignatureLoadModel), "Kafka loader", "KafkaDataLoader")]
