using System.Globalization;
using KafkaDatasets;
using SusyDemo.Kafka;
using SusyDemo.Plots;
using SusyDemo.Training;

namespace SusyDemo.Commands;

/// <summary>Saves what a training leaves behind, whether one process trained or several: models, the profile of their events, and the learning curve.</summary>
internal sealed class TrainingResults(DemoOptions options, TextWriter output)
{
    public ModelFiles Files { get; } = new(options.Output);

    /// <summary>Saves everything, with a line for each file.</summary>
    /// <param name="models">The models.</param>
    /// <param name="data">The events that they were trained from.</param>
    /// <param name="ranks">What stands behind a model's name: the processes that trained it.</param>
    /// <param name="cancellationToken">Ends the reading of the events.</param>
    public async Task SaveAsync(IReadOnlyList<ITrainedModel> models, KafkaEventData data, string ranks, CancellationToken cancellationToken)
    {
        foreach (ITrainedModel model in models)
        {
            await output.WriteLineAsync($"{LineOf(model.Name, ranks, data)}, saved in {Files.Save(model)}").ConfigureAwait(false);
        }

        ReferenceProfile profile = await data.ProfileAsync(cancellationToken).ConfigureAwait(false);
        Files.Save(profile);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"profile: columns {profile.Columns.Count} rows {profile.Rows} in {Files.Profile}")).ConfigureAwait(false);
        if (models.FirstOrDefault(m => m.Curve.Count > 0) is { } learner)
        {
            LearningPlot.Save(Files.LearningPicture, $"SUSY{data.Note}: learning curve of the {learner.Name}", learner.Curve);
            await output.WriteLineAsync($"draw: learning curve in {Files.LearningPicture}").ConfigureAwait(false);
        }
    }

    /// <summary>Says that a process of several has trained, and that another one saves the model.</summary>
    public Task ReportAsync(string model, string ranks, KafkaEventData data) => output.WriteLineAsync(LineOf(model, ranks, data));

    private string LineOf(string model, string ranks, KafkaEventData data) => $"train: {model}{ranks} from {options.TrainTopic}{data.Note}";
}
