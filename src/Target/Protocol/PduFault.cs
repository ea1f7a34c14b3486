namespace Migrate.Target.Protocol;

/// <summary>
/// The peer broke the transport's rules: the connection ends with a termination request that carries this. Errors of one
/// command are statuses, never this.
/// </summary>
internal sealed class PduFault(FatalErrorStatus status, uint information, string what) : Exception(what)
{
    public FatalErrorStatus Status { get; } = status;

    /// <summary>FEI: the offset of the wrong field, or the digest that did not fit.</summary>
    public uint Information { get; } = information;
}
