using KafkaDatasets.Diagnostics;
using Microsoft.ML;

namespace KafkaDatasets.MLNet;

/// <summary>Saves models as ML.NET does.</summary>
internal static class ModelSaving
{
    /// <summary>Saves a model.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="model">The model.</param>
    /// <param name="schema">The columns of its input.</param>
    /// <param name="stream">Where to write it.</param>
    /// <param name="name">What to call it in a message, such as "The new model".</param>
    /// <exception cref="ModelException">It cannot be saved: an own transformer's code may throw anything, and one of a lambda has nothing to be saved by.</exception>
    /// <exception cref="IOException">The stream cannot be written to.</exception>
    public static void Save(MLContext ml, ITransformer model, DataViewSchema schema, Stream stream, string name)
    {
        try
        {
            ml.Model.Save(model, schema, stream);
        }
        catch (Exception e) when (e is not (IOException or OutOfMemoryException))
        {
            throw new ModelException(Sentence.Of($"{name} cannot be saved: {Sentence.Message(e)}"), e);
        }
    }
}
