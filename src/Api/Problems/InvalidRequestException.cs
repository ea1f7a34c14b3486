using Migrate.Planner;

namespace Migrate.Api.Problems;

/// <summary>A request that is refused as a whole, with everything that is wrong with it.</summary>
internal sealed class InvalidRequestException(string code, string message, IReadOnlyList<string> errors)
    : MigrateException(code, message, "Correct what is listed and ask again.")
{
    public IReadOnlyList<string> Errors { get; } = errors;
}
