using Migrate.Planner;

namespace Migrate.Api.Pages.Shared;

/// <summary>What a form is about is no longer what its page showed; each line says what was done to it since.</summary>
internal sealed class ChangedMeanwhileException(IReadOnlyList<string> changes) : MigrateException(
    "request.version-changed", "Nothing was done: somebody else has changed it since this page was loaded.", "Look at it as it is now, below; what you typed is still there. Send the form again if it is still right.")
{
    public IReadOnlyList<string> Changes { get; } = changes;
}
