using Migrate.Target.Namespaces;

namespace Migrate.Target.Reservations;

/// <summary>The reservations of one namespace: changed one command after the other, on the disk before they are in force.</summary>
internal sealed class NamespaceReservations(Namespace one)
{
    private readonly Lock _gate = new();
    private volatile ReservationState _state = ReservationState.Empty;
    private ReservationFile? _file;

    public ReservationState State => _state;

    /// <summary>What the file knows of the namespace is in force again; changes go there from now on.</summary>
    public void KeepIn(ReservationFile file)
    {
        lock (_gate)
        {
            _file = file;
            _ = Enforce(file.Find(one.Uuid)); // nobody uses the namespace yet
        }
    }

    /// <summary>The namespace is deleted.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _file?.Save(one.Uuid, ReservationState.Empty);
        }
    }

    /// <param name="change">What a command makes of the state.</param>
    /// <param name="inForce">Done when nothing is under way any more that only the old state admitted.</param>
    /// <exception cref="IOException">The new state could not be kept; the old one stays in force.</exception>
    public ReservationOutcome Change(Func<ReservationState, ReservationOutcome> change, out Task inForce)
    {
        lock (_gate)
        {
            var outcome = change(_state);
            inForce = Task.CompletedTask;
            if (outcome.State != _state)
            {
                _file?.Save(one.Uuid, outcome.State);
                inForce = Enforce(outcome.State);
            }

            return outcome;
        }
    }

    private Task Enforce(ReservationState state)
    {
        _state = state;
        return one.ChangeRuleAsync(r => r with { Reservation = state.IsHeld ? state : null });
    }
}
