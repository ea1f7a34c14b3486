using System.Collections.Immutable;

namespace Migrate.Target.Reservations;

/// <summary>A host that has registered its key with a namespace.</summary>
internal sealed record Registrant(Guid HostId, ulong Key);

/// <summary>
/// Who has registered with a namespace, and the reservation if one is held (NVM Express Base 2.0, 8.19). Replaced as a whole.
/// </summary>
/// <param name="Generation">GEN: counts the changes of registrations.</param>
/// <param name="Type">None when no reservation is held.</param>
/// <param name="Holder">The holder's host identifier; null for none, and for types that all registrants hold together.</param>
/// <param name="Persists">PTPL: it is still there after the target was started again.</param>
/// <param name="Registrants">In the order of their registration.</param>
internal sealed record ReservationState(uint Generation, ReservationType Type, Guid? Holder, bool Persists, ImmutableArray<Registrant> Registrants)
{
    public static ReservationState Empty { get; } = new(0, ReservationType.None, null, false, []);

    public bool IsHeld => Type != ReservationType.None;

    public bool IsHeldByAll => Type is ReservationType.WriteExclusiveAllRegistrants or ReservationType.ExclusiveAccessAllRegistrants;

    public Registrant? Find(Guid hostId)
    {
        foreach (var registrant in Registrants)
        {
            if (registrant.HostId == hostId)
            {
                return registrant;
            }
        }

        return null;
    }

    public bool IsHolder(Guid hostId) => IsHeldByAll ? Find(hostId) is not null : IsHeld && Holder == hostId;

    /// <summary>Whether the host may do that while this is in force (figure "Command Behavior in the Presence of a Reservation").</summary>
    public bool Admits(Guid hostId, Access access) => access == Access.None || Type switch
    {
        ReservationType.None => true,
        ReservationType.WriteExclusive => access == Access.Read || Holder == hostId,
        ReservationType.ExclusiveAccess => Holder == hostId,
        ReservationType.WriteExclusiveRegistrantsOnly or ReservationType.WriteExclusiveAllRegistrants => access == Access.Read || Find(hostId) is not null,
        _ => Find(hostId) is not null,
    };
}
