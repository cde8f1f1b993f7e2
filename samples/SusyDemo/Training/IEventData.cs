using Microsoft.ML;
using SusyDemo.Network;

namespace SusyDemo.Training;

/// <summary>Events to train from or to test with, in both forms that learners take. Any number of passes at the same time.</summary>
internal interface IEventData
{
    /// <summary>The events as batches.</summary>
    IBatchSource Batches { get; }

    /// <summary>How many rows one pass has, or somewhat less, for progress.</summary>
    long Rows { get; }

    /// <summary>The events as a view with the columns <c>Label</c> (Boolean) and <c>Features</c>.</summary>
    IDataView ToDataView(MLContext ml);
}
