namespace Migrate.Planner.Plans;

/// <summary>
/// Namespace UUIDs are derived and not drawn, so that every artefact can name the device before it exists and a repeated
/// step finds what the first attempt made.
/// </summary>
public static class NamespaceUuid
{
    /// <summary>UUIDv5 (RFC 9562, section 5.5) in the name space of the VM's instance UUID, with the disk's UUID as name.</summary>
    public static Guid For(Guid instanceUuid, string diskUuid) => throw new NotImplementedException();
}
