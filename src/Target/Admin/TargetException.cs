namespace Migrate.Target.Admin;

/// <summary>The target cannot do what was asked; says what, why and what to do about it.</summary>
/// <param name="code">Stable identifier, e.g. <c>target.no-space</c>.</param>
/// <param name="message">The thing and the cause.</param>
/// <param name="remedy">What the reader can do, as an instruction.</param>
/// <param name="inner">What failed underneath, if anything did.</param>
public class TargetException(string code, string message, string remedy, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Stable identifier, e.g. <c>target.no-space</c>.</summary>
    public string Code { get; } = code;

    /// <summary>What the reader can do about it, as an instruction.</summary>
    public string Remedy { get; } = remedy;
}
